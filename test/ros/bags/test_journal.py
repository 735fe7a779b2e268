"""The journal of a bag: what is whole in it is used, whatever else lies there."""

import json

import numpy as np
import pytest

from lightweight_openpose.poses.pose import Pose, missing_keypoints
from lightweight_openpose.ros.bags.journal import Journal

SETTINGS = {"model": "m"}


def written(path, frames=4):
    journal = Journal(path, SETTINGS)
    for number in range(frames):
        keypoints = np.full((18, 3), number + 1.0, np.float32)
        journal.add(("/image", number), [Pose(keypoints, 0.5)])
    journal.close()
    return path.read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize(
    "harm",
    [
        b"\0" * 50,
        b"\0" * 50 + b"\n",
        b"[]\n",
        b"5\n",
        b"null\n",
        b'{"topic": "/image"}\n',
        b'{"topic": "/image", "number": [1], "poses": []}\n',
        b"\xff\xfe\n",
        b"{" * 100_000 + b"\n",
        b'{"topic": "/image", "number": 2, "poses": [5]}\n',
        b'{"topic": "/image", "number": 2, "poses": [[0.5, [[1, 2]]]]}\n',
    ],
)
def test_what_comes_before_a_damaged_line_is_used_and_the_rest_made_again(harm, tmp_path):
    path = tmp_path / "journal"
    lines = written(path)
    path.write_bytes(b"".join(lines[:3]) + harm + b"".join(lines[3:]))
    journal = Journal(path, SETTINGS)
    assert sorted(journal.poses) == [("/image", 0), ("/image", 1)]
    assert (journal.poses["/image", 1][0].keypoints == 2).all()
    journal.add(("/image", 2), None)
    journal.close()
    assert [json.loads(line) for line in path.read_bytes().splitlines()][-1]["number"] == 2
    again = Journal(path, SETTINGS)
    assert len(again.poses) == 3
    again.close()


def test_hands_are_kept_and_lines_without_them_are_read(tmp_path):
    path = tmp_path / "journal"
    hand = missing_keypoints(21)
    hand[20] = (12.5, 7.25, 0.5)
    journal = Journal(path, SETTINGS)
    journal.add(("/image", 0), [Pose(missing_keypoints(18), 0.5, left_hand=hand)])
    journal.close()
    with open(str(path), "a") as stream:
        stream.write('{"topic": "/image", "number": 1, "poses": [[0.5, [[1, 2, 0.5]]]]}\n')
    journal = Journal(path, SETTINGS)
    (pose,), (other,) = journal.poses["/image", 0], journal.poses["/image", 1]
    journal.close()
    np.testing.assert_array_equal(pose.left_hand, hand)
    assert pose.right_hand is None and other.left_hand is None
    assert other.keypoints.tolist() == [[1, 2, 0.5]]


def test_faces_are_kept_and_lines_of_hands_alone_are_read(tmp_path):
    path = tmp_path / "journal"
    face = missing_keypoints(32)
    face[31] = (12.5, 7.25, 0.5)
    journal = Journal(path, SETTINGS)
    journal.add(("/image", 0), [Pose(missing_keypoints(18), 0.5, face=face)])
    journal.close()
    with open(str(path), "a") as stream:
        before = [0.5, [[1, 2, 0.5]], None, [[3, 4, 0.5]]]
        stream.write(json.dumps({"topic": "/image", "number": 1, "poses": [before]}) + "\n")
    journal = Journal(path, SETTINGS)
    (pose,), (other,) = journal.poses["/image", 0], journal.poses["/image", 1]
    journal.close()
    np.testing.assert_array_equal(pose.face, face)
    assert pose.left_hand is None and pose.right_hand is None
    assert other.face is None and other.right_hand.tolist() == [[3, 4, 0.5]]


def test_a_journal_of_zeros_begins_anew(tmp_path):
    path = tmp_path / "journal"
    path.write_bytes(bytes(4096))
    journal = Journal(path, SETTINGS)
    assert journal.poses == {}
    journal.close()
    assert json.loads(path.read_bytes()) == SETTINGS


def test_a_pose_comes_back_to_the_digit_whatever_is_missing_in_it(tmp_path):
    nan = float("nan")
    rows = [
        [nan, nan, 0],
        [12.1, 7.3, 0.1],
        [3.5, 4.5, 0],
        [nan, 2.5, 0.5],
        [1, 2, nan],
        [-1, 3, 0],
    ]
    keypoints = np.array(rows * 3, np.float32)
    path = tmp_path / "journal"
    journal = Journal(path, SETTINGS)
    journal.add(("/image", 0), [Pose(keypoints, 0.1)])
    journal.close()
    journal = Journal(path, SETTINGS)
    (pose,) = journal.poses["/image", 0]
    journal.close()
    assert pose.keypoints.tobytes() == keypoints.tobytes() and pose.score == 0.1
    json.loads(
        path.read_bytes().splitlines()[1], parse_constant=pytest.fail
    )  # no NaN, which JSON lacks


def test_joints_of_a_journal_that_wrote_minus_one_for_nan_are_missing(tmp_path):
    path = tmp_path / "journal"
    line = {"topic": "/image", "number": 0, "poses": [[0.5, [[-1.0, -1.0, 0.0], [1, 2, 0.5]]]]}
    path.write_text(json.dumps(SETTINGS) + "\n" + json.dumps(line) + "\n")
    journal = Journal(path, SETTINGS)
    (pose,) = journal.poses["/image", 0]
    journal.close()
    np.testing.assert_array_equal(pose.keypoints, [[np.nan, np.nan, 0], [1, 2, 0.5]])

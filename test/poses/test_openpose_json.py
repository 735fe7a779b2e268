"""The JSON of a frame is what programs made for OpenPose read."""

import json

import numpy as np
import pytest

from lightweight_openpose.poses import find_skeleton
from lightweight_openpose.poses.openpose_json import file_name, frame_to_json
from lightweight_openpose.poses.pose import Pose, missing_keypoints
from people import person

LISTS = {
    f"{part}_keypoints_{n}d" for n in (2, 3) for part in ("pose", "face", "hand_left", "hand_right")
}


def read(poses):
    """(n, K, 3) keypoints and the ids, as a program made for OpenPose reads them."""
    document = json.loads(frame_to_json(poses))
    assert set(document) == {"version", "people"} and document["version"] == 1.3
    for one in document["people"]:
        assert set(one) == LISTS | {"person_id"}
        assert all(one[name] == [] for name in LISTS - {"pose_keypoints_2d"})
    keypoints = [np.array(p["pose_keypoints_2d"]).reshape(-1, 3) for p in document["people"]]
    return keypoints, [p["person_id"] for p in document["people"]]


def test_what_is_read_back_is_what_was_written():
    people = [person(track_id=7), person(200, only=("nose", "neck"))]
    (whole, part), ids = read(people)
    assert ids == [[7], [-1]]
    assert whole == pytest.approx(people[0].keypoints, abs=1e-3)
    assert part[:2] == pytest.approx(people[1].keypoints[:2], abs=1e-3)
    assert (part[2:] == 0).all(), "what was not found is 0, 0, 0"


def test_any_skeleton_has_its_own_joints():
    keypoints = missing_keypoints(find_skeleton("submarine").num_keypoints)
    keypoints[1] = (12.5, 7.25, 0.5)
    (read_back,), _ = read([Pose(keypoints, 0.5)])
    assert read_back.tolist() == [[0, 0, 0], [12.5, 7.25, 0.5], [0, 0, 0], [0, 0, 0]]


def test_hands_are_lists_of_21_where_they_were_looked_for():
    hand = missing_keypoints(21)
    hand[20] = (12.5, 7.25, 0.5)
    pose = Pose(missing_keypoints(18), 0.5, right_hand=hand)
    (someone,) = json.loads(frame_to_json([pose], hands=True))["people"]
    assert someone["hand_right_keypoints_2d"] == [0.0] * 60 + [12.5, 7.25, 0.5]
    assert someone["hand_left_keypoints_2d"] == [0.0] * 63
    (someone,) = json.loads(frame_to_json([pose]))["people"]
    assert someone["hand_right_keypoints_2d"] == []


def test_the_list_of_the_face_is_empty_as_openpose_has_other_points():
    face = missing_keypoints(32)
    face[0] = (12.5, 7.25, 0.5)
    (someone,) = json.loads(frame_to_json([Pose(missing_keypoints(18), 0.5, face=face)]))["people"]
    assert someone["face_keypoints_2d"] == []


def test_nobody_is_an_empty_list():
    assert read([]) == ([], [])


def test_files_are_named_as_openpose_does():
    assert file_name("video", 0) == "video_000000000000_keypoints.json"
    assert file_name("", 1234) == "000000001234_keypoints.json"

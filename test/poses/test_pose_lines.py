"""Lines of `pose video`: what is read back is what was written."""

import json
from dataclasses import replace

import numpy as np
import pytest

from lightweight_openpose.poses.pose import missing_keypoints
from lightweight_openpose.poses.pose_lines import frame_to_dict, pose_to_dict, read_frames
from people import clip, person


def hand():
    keypoints = missing_keypoints(21)
    keypoints[4:] = np.c_[np.arange(17), 2 * np.arange(17), np.full(17, 0.5)]
    return keypoints


def test_hands_are_in_the_line_of_whom_they_were_found_of(tmp_path):
    poses = [replace(person(track_id=3), left_hand=hand()), person(200)]
    path = tmp_path / "clip.jsonl"
    path.write_text("".join(json.dumps(frame_to_dict(frame)) + "\n" for frame in clip([poses])))
    (frame,) = read_frames(path)
    np.testing.assert_allclose(frame.poses[0].left_hand, hand(), atol=1e-3)
    assert frame.poses[0].right_hand is None and frame.poses[1].left_hand is None
    assert {"left_hand", "right_hand"} & set(pose_to_dict(poses[0])) == {"left_hand"}


def test_a_face_is_in_the_line_of_whom_it_was_found_of(tmp_path):
    face = missing_keypoints(32)
    face[:30] = np.c_[np.arange(30), 3 * np.arange(30), np.full(30, 0.75)]
    poses = [replace(person(track_id=3), face=face), person(200)]
    path = tmp_path / "clip.jsonl"
    path.write_text("".join(json.dumps(frame_to_dict(frame)) + "\n" for frame in clip([poses])))
    (frame,) = read_frames(path)
    np.testing.assert_allclose(frame.poses[0].face, face, atol=1e-3)
    assert frame.poses[1].face is None and "face" not in pose_to_dict(poses[1])
    assert pose_to_dict(poses[0])["face"][29:] == [[29, 87, 0.75], None, None]


def test_the_model_is_in_the_line_where_it_has_a_name(tmp_path):
    frames = clip([[person()], [person()]])
    frames[0] = replace(frames[0], model="own")
    path = tmp_path / "clip.jsonl"
    path.write_text("".join(json.dumps(frame_to_dict(frame)) + "\n" for frame in frames))
    assert [frame.model for frame in read_frames(path)] == ["own", ""]
    assert "model" not in json.loads(json.dumps(frame_to_dict(frames[1])))


def test_a_model_that_is_no_name_is_named(tmp_path):
    fields = dict(json.loads(json.dumps(frame_to_dict(clip([[]])[0]))), model=5)
    path = tmp_path / "clip.jsonl"
    path.write_text(json.dumps(fields) + "\n")
    with pytest.raises(ValueError, match="clip.jsonl, line 1: .*model 5"):
        list(read_frames(path))


@pytest.mark.parametrize("name", ["left_hand", "face"])
@pytest.mark.parametrize("given", [[], [None] * 20, "hand", 5])
def test_what_is_no_hand_or_face_is_named(given, name, tmp_path):
    (frame,) = clip([[person()]])
    fields = json.loads(json.dumps(frame_to_dict(frame)))
    fields["poses"][0][name] = given
    path = tmp_path / "clip.jsonl"
    path.write_text(json.dumps(fields) + "\n")
    with pytest.raises(ValueError, match="clip.jsonl, line 1: not a line of"):
        list(read_frames(path))

"""Lines of `pose video`: what is read back is what was written."""
import json
from dataclasses import replace

import numpy as np
import pytest

from lightweight_openpose.poses.pose import missing_keypoints
from lightweight_openpose.poses.pose_lines import frame_to_line, pose_to_dict, read_frames
from people import clip, person


def hand():
    keypoints = missing_keypoints(21)
    keypoints[4:] = np.c_[np.arange(17), 2 * np.arange(17), np.full(17, 0.5)]
    return keypoints


def test_hands_are_in_the_line_of_whom_they_were_found_of(tmp_path):
    poses = [replace(person(track_id=3), left_hand=hand()), person(200)]
    path = tmp_path / "clip.jsonl"
    path.write_text("".join(frame_to_line(frame) + "\n" for frame in clip([poses])))
    (frame,) = read_frames(path)
    np.testing.assert_allclose(frame.poses[0].left_hand, hand(), atol=1e-3)
    assert frame.poses[0].right_hand is None and frame.poses[1].left_hand is None
    assert {"left_hand", "right_hand"} & set(pose_to_dict(poses[0])) == {"left_hand"}


@pytest.mark.parametrize("given", [[], [None] * 20, "hand", 5])
def test_what_is_no_hand_is_named(given, tmp_path):
    (frame,) = clip([[person()]])
    fields = json.loads(frame_to_line(frame))
    fields["poses"][0]["left_hand"] = given
    path = tmp_path / "clip.jsonl"
    path.write_text(json.dumps(fields) + "\n")
    with pytest.raises(ValueError, match="clip.jsonl, line 1: not a line of"):
        list(read_frames(path))

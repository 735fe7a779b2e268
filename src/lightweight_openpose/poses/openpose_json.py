"""The JSON that OpenPose writes per frame (`--write_json`), for tools that were made for it.

Fields: https://github.com/CMU-Perceptual-Computing-Lab/openpose, doc/02_output.md.
"""

from __future__ import annotations

import json
from typing import Optional, Sequence

import numpy as np

from .pose import HAND_KEYPOINTS, Pose, missing_keypoints

VERSION = 1.3  # of the format
# Parts that OpenPose can find and this package does not put there.
_EMPTY = tuple(
    f"{part}_keypoints_{dimensions}d"
    for dimensions in (2, 3)
    for part in ("pose", "face", "hand_left", "hand_right")
)


def file_name(clip: str, number: int) -> str:
    """Name of the file of a frame (from 0) of a clip, as OpenPose gives it.

    clip: its name without suffix, "" of a camera.
    """
    return f"{clip}_{number:012d}_keypoints.json" if clip else f"{number:012d}_keypoints.json"


def frame_to_json(poses: Sequence[Pose], hands: bool = False) -> str:
    """Contents of the file of a frame.

    Each person has `person_id`, a list of the track id, -1 without one, and `pose_keypoints_2d`, a
    flat list of x, y [px of the image] and score [0, 1] of each joint of the skeleton, in its
    order; 0, 0, 0 where a joint was not found. hands: whether they were looked for; then
    `hand_left_keypoints_2d` and `hand_right_keypoints_2d` are such lists of HAND_KEYPOINTS joints.
    The other lists are empty, that of the face too: OpenPose's has 70 points of its own.
    """
    people = []
    for pose in poses:
        person = {"person_id": [int(pose.track_id)], **{name: [] for name in _EMPTY}}
        person["pose_keypoints_2d"] = _flat(pose.keypoints)
        if hands:
            person["hand_left_keypoints_2d"] = _hand(pose.left_hand)
            person["hand_right_keypoints_2d"] = _hand(pose.right_hand)
        people.append(person)
    return json.dumps({"version": VERSION, "people": people})


def _hand(keypoints: Optional[np.ndarray]) -> list:
    return _flat(missing_keypoints(HAND_KEYPOINTS) if keypoints is None else keypoints)


def _flat(keypoints: np.ndarray) -> list:
    rows = ([*map(float, row)] if row[2] > 0 else [0.0] * 3 for row in keypoints)
    return [round(value, 3) for row in rows for value in row]

"""Where the head of a person is, with a margin, from the joints that were found."""

from __future__ import annotations

from typing import List

import numpy as np

from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import Skeleton

from .labels import Box

FACE = ("nose", "right_eye", "left_eye", "right_ear", "left_ear")
# Lengths [cm] between joints of a large person. Seen from any side they become shorter, never
# longer: each that is seen says how large a head is at least, unless an end is somebody else's.
_LENGTHS = (
    ("right_ear", "left_ear", 15), ("right_eye", "left_eye", 6.5),
    ("right_eye", "right_ear", 11), ("left_eye", "left_ear", 11),
    ("nose", "right_ear", 14), ("nose", "left_ear", 14),
    ("nose", "right_eye", 5), ("nose", "left_eye", 5),
    ("neck", "nose", 26), ("neck", "right_shoulder", 20), ("neck", "left_shoulder", 20),
    ("right_shoulder", "left_shoulder", 40), ("neck", "right_hip", 56), ("neck", "left_hip", 56),
)  # fmt: skip
_BODY = 220.0  # cm; the longer side of the box around a person
_AGREE = 2.0  # times what the others say that one joint may say
_PART = 40.0  # cm; the longer side of the box around a head and a shoulder
_REACH = 21.0  # cm from the middle of the face to beyond hair and chin
_BEYOND = 8.0  # cm beyond each joint of the face
_NECK_TO_HEAD = 24.0  # cm from between the shoulders to the middle of the head
_NECK_REACH = 26.0  # cm from there: where the head bends and turns to is not known
_SURE = 2  # joints of the face from which on its place is sure


def head_boxes(pose: Pose, skeleton: Skeleton) -> List[Box]:
    """Boxes [px] around where the head of a person is, or may be; none where nothing tells."""
    at = {
        name: row[:2].astype(float)
        for name, row in zip(skeleton.keypoints, pose.keypoints)
        if row[2] > 0
    }
    cm = _centimetre(pose, at)
    face = [at[name] for name in FACE if name in at]
    boxes = []
    if face:
        # The nose sticks out: the middle of the head is between eyes and ears.
        middle = np.mean([at[n] for n in FACE[1:] if n in at] or face, axis=0)
        low = np.minimum(middle - _REACH * cm, np.min(face, axis=0) - _BEYOND * cm)
        high = np.maximum(middle + _REACH * cm, np.max(face, axis=0) + _BEYOND * cm)
        boxes.append(Box(*low, *(high - low)))
    if len(face) < _SURE:
        boxes += _above_shoulders(at, cm)
    return boxes


def _centimetre(pose, at) -> float:
    """Pixels that a centimetre takes at this person, at least.

    One joint may be another person's: what it alone says counts as far as the others bear it out.
    """
    side = max(pose.bbox[2:])
    seen = {
        (a, b): np.linalg.norm(at[a] - at[b]) / length
        for a, b, length in _LENGTHS
        if a in at and b in at
    }
    if not seen:
        return float(side / _BODY)
    without = [[s for ends, s in seen.items() if joint not in ends] for joint in at]
    borne_out = min(_AGREE * max(left) if left else side / _PART for left in without)
    return float(max(side / _BODY, min(max(seen.values()), borne_out)))


def _above_shoulders(at, cm) -> List[Box]:
    """Box in a list; none without neck and shoulders."""
    shoulders = [at[n] for n in ("right_shoulder", "left_shoulder") if n in at]
    if "neck" not in at and not shoulders:
        return []
    neck = at.get("neck", np.mean(shoulders or [(0, 0)], axis=0))
    hips = [at[n] for n in ("right_hip", "left_hip") if n in at]
    up = np.array([0.0, -1.0])
    if hips and np.any(neck != np.mean(hips, axis=0)):
        up = neck - np.mean(hips, axis=0)
        up /= np.linalg.norm(up)
    low = neck + _NECK_TO_HEAD * cm * up - _NECK_REACH * cm
    return [Box(*low, 2 * _NECK_REACH * cm, 2 * _NECK_REACH * cm)]

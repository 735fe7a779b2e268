"""Where the head of a person is, with a margin, from the joints that were found."""

from __future__ import annotations

from itertools import combinations
from typing import Dict, List

import numpy as np

from lightweight_openpose.poses import Pose, Skeleton

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
# Those that tell no size of a head by themselves, but bear out the others.
_LIMBS = tuple(
    (f"{side}_{start}", f"{side}_{end}", length)
    for start, end, length in (
        ("shoulder", "elbow", 32), ("elbow", "wrist", 27), ("hip", "knee", 44),
        ("knee", "ankle", 43),
    )
    for side in ("right", "left")
)  # fmt: skip
_JOINTS = sorted({name for length in _LENGTHS + _LIMBS for name in length[:2]})
_ENDS = np.array([[_JOINTS.index(name) for name in row[:2]] for row in _LENGTHS + _LIMBS])
_CM = np.array([row[2] for row in _LENGTHS + _LIMBS])
# Whether a length has nothing to do with a joint, and with two: (J, n) and (J (J-1) / 2, n).
_APART = (_ENDS != np.arange(len(_JOINTS))[:, None, None]).all(2)
_APART_FROM_TWO = np.array([a & b for a, b in combinations(_APART, 2)])
_BODY = 220.0  # cm; the longer side of the box around a person
_AGREE = 2.0  # times what the others say that one joint, or two, may say
_WITNESSES = 4  # lengths that must be left to doubt two joints
_PART = 40.0  # cm; the longer side of the box around a head and a shoulder
# The same where they are seen from above, and of who has a knee or an ankle there.
_MIN_PART = 30.0
_MIN_WITH_LEGS = 60.0
_LEGS = ("right_knee", "left_knee", "right_ankle", "left_ankle")
_REACH = 21.0  # cm from the middle of the face to beyond hair and chin
_BEYOND = 8.0  # cm beyond each joint of the face
_NECK_TO_HEAD = 24.0  # cm from between the shoulders to the middle of the head
_NECK_REACH = 26.0  # cm from there: where the head bends and turns to is not known
_SURE = 2  # joints of the face from which on its place is sure


def head_boxes(pose: Pose, skeleton: Skeleton) -> List[Box]:
    """Boxes [px] around where the head of a person is, or may be; none where nothing tells."""
    at = _found(pose, skeleton)
    cm = _centimetre(pose, at)
    face = [at[name] for name in FACE if name in at]
    if _scattered(face, cm):
        return [_around(place, _REACH * cm) for place in face] + _above_shoulders(at, cm)
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


def holds_together(pose: Pose, skeleton: Skeleton) -> bool:
    """Whether all joints can be those of one person, by the sizes of a head that they tell."""
    at = _found(pose, skeleton)
    face = [at[name] for name in FACE if name in at]
    if _scattered(face, _centimetre(pose, at)):
        return False
    scales = _scales(at)
    return bool(scales[: len(_LENGTHS)].max() <= _limit(pose, at, scales))


def _found(pose: Pose, skeleton: Skeleton) -> Dict[str, np.ndarray]:
    """Name -> (2,) [px] of the joints that were found."""
    return {
        name: row[:2].astype(float)
        for name, row in zip(skeleton.keypoints, pose.keypoints)
        if row[2] > 0
    }


def _scattered(face: List[np.ndarray], cm: float) -> bool:
    """Whether joints of a face lie farther apart than those of one head: each may be the true one."""
    return len(face) > 1 and bool(np.max(np.ptp(face, axis=0)) > 2 * _REACH * cm)


def _around(place: np.ndarray, reach: float) -> Box:
    left, top = place - reach
    return Box(left, top, 2 * reach, 2 * reach)


def _centimetre(pose: Pose, at: Dict[str, np.ndarray]) -> float:
    """Pixels that a centimetre takes at this person, at least."""
    scales = _scales(at)
    told = min(scales[: len(_LENGTHS)].max(), _limit(pose, at, scales))
    return float(max(max(pose.bbox[2:]) / _BODY, told))


def _scales(at: Dict[str, np.ndarray]) -> np.ndarray:
    """(n,) pixels per centimetre that each of the lengths says, 0 where an end is not seen."""
    xy = np.array([at.get(name, (np.nan, np.nan)) for name in _JOINTS])
    return np.nan_to_num(np.hypot(*(xy[_ENDS[:, 0]] - xy[_ENDS[:, 1]]).T) / _CM)


def _limit(pose: Pose, at: Dict[str, np.ndarray], scales: np.ndarray) -> float:
    """Pixels that a centimetre takes at most.

    One joint or two may be another person's: what they alone say counts as far as the others bear
    it out. And nobody is smaller than the parts that were found.
    """
    side = max(pose.bbox[2:])
    others = (_APART * scales).max(1)
    limits = [np.where(others > 0, _AGREE * others, side / _PART).min()]
    left = _APART_FROM_TWO * scales
    witnessed = np.count_nonzero(left, axis=1) >= _WITNESSES
    limits += [*_AGREE * left.max(1)[witnessed]]
    if "right_shoulder" in at or "left_shoulder" in at:
        limits.append(side / _MIN_PART)
    if any(name in at for name in _LEGS):
        limits.append(side / _MIN_WITH_LEGS)
    return float(min(limits))


def _above_shoulders(at: Dict[str, np.ndarray], cm: float) -> List[Box]:
    """Box in a list; none without neck and shoulders."""
    shoulders = [at[n] for n in ("right_shoulder", "left_shoulder") if n in at]
    if "neck" not in at and not shoulders:
        return []
    neck: np.ndarray = at["neck"] if "neck" in at else np.mean(shoulders, axis=0)
    hips = [at[n] for n in ("right_hip", "left_hip") if n in at]
    up = np.array([0.0, -1.0])
    if hips and np.any(neck != np.mean(hips, axis=0)):
        up = neck - np.mean(hips, axis=0)
        up /= np.linalg.norm(up)
    return [_around(neck + _NECK_TO_HEAD * cm * up, _NECK_REACH * cm)]

"""What one frame says of a person: each rule answers yes, no, or None where it cannot be told.

The camera is taken to stand upright: up is up in the image. All lengths are relative to the
person's torso in the image. A bound is the laxer, the longer the rule holds: see GestureConfig.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

SIDES = ("left", "right")
_SHORTEST_ARM = 0.15  # torsos; upper arm or forearm shorter than this points towards the camera
_SYMMETRY = 0.4  # of the nose between the eyes, lesser to greater distance, of a face seen in front
_SHOULDERS = 1.3  # torsos to the width of the shoulders

Bound = Tuple[float, float]  # to begin, and to go on
Joints = Dict[str, np.ndarray]  # name -> (2,) [px] of the joints that were found


@dataclass(frozen=True)
class GestureConfig:
    """Each rule has a bound to begin and a laxer one to go on; a change must last."""

    raised: Bound = (0.25, 0.1)  # height of the wrist over the shoulder [torsos]
    straight: Bound = (2.6, 2.35)  # angle at the elbow [rad]
    level: Bound = (0.8, 0.95)  # angle of the arm to the horizontal [rad]
    swing: float = 0.3  # width of a wave [forearms]
    turns: int = 3  # changes of direction within wave_time
    wave_time: float = 2.0  # [s]
    facing: Bound = (0.44, 0.6)  # angle between the face and the line to the camera [rad]
    lying: Bound = (1.05, 0.8)  # angle of torso and legs to the vertical [rad]
    hold: float = 0.2  # [s] that a change must last
    fallen_hold: float = 0.6  # [s] the same of a fall


class Arm(NamedTuple):
    """The joints of one arm, (2,) [px] each, None where they were not found."""

    shoulder: Optional[np.ndarray]
    elbow: Optional[np.ndarray]
    wrist: Optional[np.ndarray]

    @classmethod
    def of(cls, joints: Joints, side: str) -> Arm:
        """The arm of a side, "left" or "right"."""
        return cls(*(joints.get(f"{side}_{part}") for part in ("shoulder", "elbow", "wrist")))

    @property
    def forearm(self) -> Optional[np.ndarray]:
        """(2,) [px] from elbow to wrist, None without one of them."""
        if self.elbow is None or self.wrist is None:
            return None
        return self.wrist - self.elbow


def torso_length(joints: Joints) -> Optional[float]:
    """Length of the torso [px], by its height or by the width of the shoulders."""
    lengths = []
    if "neck" in joints:
        hips = [joints[n] for n in ("left_hip", "right_hip") if n in joints]
        lengths += [np.linalg.norm(joints["neck"] - hip) for hip in hips]
    if {"left_shoulder", "right_shoulder"} <= joints.keys():
        width = np.linalg.norm(joints["left_shoulder"] - joints["right_shoulder"])
        lengths.append(_SHOULDERS * width)
    longest = max(lengths, default=0)
    return float(longest) if longest > 1 else None


def is_raised(arm: Arm, torso: Optional[float], least: float) -> Optional[bool]:
    """The wrist is above the shoulder by `least` torsos."""
    if arm.shoulder is None or arm.wrist is None or torso is None:
        return None
    return bool(arm.shoulder[1] - arm.wrist[1] > least * torso)


def is_pointing(arm: Arm, torso: Optional[float], straight: float, level: float) -> Optional[bool]:
    """The arm is stretched out and neither hangs nor is held up.

    straight: least angle at the elbow [rad]; level: largest angle to the horizontal [rad]. An arm
    that is too short in the image points towards the camera, or nowhere.
    """
    if torso is None or arm.shoulder is None or arm.elbow is None or arm.wrist is None:
        return None
    upper = arm.elbow - arm.shoulder
    fore = arm.wrist - arm.elbow
    lengths = np.linalg.norm(upper), np.linalg.norm(fore)
    if min(lengths) < _SHORTEST_ARM * torso:
        return False
    cosine = upper @ fore / (lengths[0] * lengths[1])
    elbow = np.pi - np.arccos(np.clip(cosine, -1, 1))
    whole = arm.wrist - arm.shoulder
    slope = np.arctan2(abs(whole[1]), abs(whole[0]))
    return bool(elbow > straight and slope < level)


def is_facing(joints: Joints, head: Optional[Tuple[float, float]], most: float) -> Optional[bool]:
    """The face looks into the camera.

    By its yaw and pitch [rad], within `most` [rad], else by where the nose is between the eyes.
    """
    if head is not None:
        yaw, pitch = head
        off = float(np.arccos(np.clip(np.cos(yaw) * np.cos(pitch), -1, 1)))
        return off < most
    if not {"nose", "left_eye", "right_eye"} <= joints.keys():
        from_behind_or_the_side = "neck" in joints
        return False if from_behind_or_the_side else None
    left = joints["left_eye"][0] - joints["nose"][0]
    right = joints["nose"][0] - joints["right_eye"][0]
    return bool(left > 0 and right > 0 and min(left, right) > _SYMMETRY * max(left, right))


def is_lying(joints: Joints, least: float) -> Optional[bool]:
    """Torso and legs are off the vertical by `least` [rad].

    Who bends over still stands on their legs.
    """
    hips = _found(joints, "left_hip", "right_hip")
    feet = _found(joints, "left_ankle", "right_ankle") or _found(joints, "left_knee", "right_knee")
    if "neck" not in joints or not hips or not feet:
        return None
    torso = np.mean(hips, axis=0) - joints["neck"]
    whole = np.mean(feet, axis=0) - joints["neck"]
    return all(np.arctan2(abs(x), y) > least for x, y in (torso, whole))


def _found(joints: Joints, *names: str) -> List[np.ndarray]:
    return [joints[name] for name in names if name in joints]


def count_turns(values: Sequence[float], width: float) -> int:
    """How often a signal turns after it went at least `width` one way."""
    turns = 0
    way = 0  # 1: it rises, -1: it falls, 0: it has not gone far enough to tell
    extreme = values[0]  # the farthest value on this way
    for value in values[1:]:
        farther = (way >= 0 and value > extreme) or (way <= 0 and value < extreme)
        if farther:
            if way == 0 and abs(value - values[0]) >= width:
                way = 1 if value > values[0] else -1
            if way != 0 or abs(value - values[0]) > abs(extreme - values[0]):
                extreme = value
        elif way != 0 and abs(value - extreme) >= width:
            turns += 1
            way = -way
            extreme = value
    return turns

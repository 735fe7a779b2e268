"""A person as an articulated model: the joint angles and lengths of the human body of REP-155.

REP-155 ("Kinematic Model of the Human") gives the tree of joints; the axes are those of its
reference model, the package human_description. At angles of zero the body stands upright with
hanging arms: x out of the chest, y to the person's left, z up, origin midway between the hips.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, fields
from typing import Deque, Dict, Optional

import numpy as np
from scipy.spatial.transform import Rotation

from lightweight_openpose.poses import Skeleton

from .body import torso_rotation
from .head_model import COMMON, HEAD_KEYPOINTS
from .lifting import SHOULDERS, TORSO
from .rotations import aligning

SIDES = {"l": ("left", 1), "r": ("right", -1)}  # of names of joints -> of keypoints, sign of y
_STRAIGHT = 0.1  # rad between two limbs below which their plane says nothing
_HEAD_JOINTS = 4  # that tell how the head is turned; the depth of fewer is too coarse
_MEMORY = 30  # measurements of which the median is taken


@dataclass(frozen=True)
class BodyLengths:
    """Lengths of the model [m]; both sides of a body are alike."""

    torso: float  # from the middle of the hips to the neck
    shoulder: float  # from the neck to a shoulder
    hips: float  # between the hips
    upper_arm: float
    forearm: float
    thigh: float
    shank: float
    neck: float  # from between the shoulders to the joints of the head
    head: float  # radius

    @classmethod
    def of(cls, height: float, **measured: float) -> BodyLengths:
        """By the body's height [m] what is not measured (Drillis and Contini 1966)."""
        shares = {name: share * height for name, share in _SHARES.items()}
        return cls(**{**shares, **measured})


_SHARES = {  # of the body's height
    "torso": TORSO,
    "shoulder": SHOULDERS / 2,
    "hips": 0.13,
    "upper_arm": 0.186,
    "forearm": 0.146,
    "thigh": 0.245,
    "shank": 0.246,
    "neck": 0.053,  # the eyes are at 0.936, the shoulders at 0.818, less the radius of the head
    "head": 0.065,
}
_ENDS = {  # length -> keypoints at its ends
    "shoulder": ("neck", "{}_shoulder"),
    "upper_arm": ("{}_shoulder", "{}_elbow"),
    "forearm": ("{}_elbow", "{}_wrist"),
    "thigh": ("{}_hip", "{}_knee"),
    "shank": ("{}_knee", "{}_ankle"),
}


class LengthMemory:
    """Medians of a body's lengths over its last frames."""

    def __init__(self) -> None:
        self._measured: Dict[str, Deque[float]] = {
            field.name: deque(maxlen=_MEMORY) for field in fields(BodyLengths)
        }

    def update(self, body: Body) -> BodyLengths:
        """The lengths after a frame of the body."""
        for name, length in body.lengths().items():
            self._measured[name].append(length)
        medians = {name: float(np.median(v)) for name, v in self._measured.items() if v}
        return BodyLengths.of(medians["torso"] / TORSO, **medians)


class Body:
    """The keypoints of one person in the body's own frame."""

    def __init__(self, points: np.ndarray, skeleton: Skeleton, rotation: np.ndarray):
        """points, skeleton: as of Body.of; rotation: of the torso."""
        self._at = dict(zip(skeleton.keypoints, points[:, :3].astype(float)))
        self.rotation = rotation  # (3, 3), columns: axes of the body in the frame of the points
        self.origin = self._middle("hip")  # (3,) [m] midway between the hips, likewise

    @classmethod
    def of(cls, points: np.ndarray, skeleton: Skeleton) -> Optional[Body]:
        """Body of (K, 3 or more) points [m] with NaN where unknown, None without a torso."""
        rotation = torso_rotation(points, skeleton)
        return None if rotation is None else cls(points, skeleton, rotation)

    def lengths(self) -> Dict[str, float]:
        """Lengths [m] that can be measured, by the names of BodyLengths; torso is among them."""
        found = {
            "torso": float(np.linalg.norm(self._at["neck"] - self.origin)),
            "hips": float(np.linalg.norm(self._at["left_hip"] - self._at["right_hip"])),
        }
        for name, ends in _ENDS.items():
            both = [
                np.linalg.norm(self._vector(*(end.format(side) for end in ends)))
                for side, _ in SIDES.values()
            ]
            known = [length for length in both if length > 0]  # false for NaN
            if known:
                found[name] = float(np.mean(known))
        return found

    def angles(self) -> Dict[str, float]:
        """Angle [rad] of each joint that is known, by REP-155's name without the body's id.

        Forward kinematics with them and the body's lengths leads back to the keypoints, as far as
        torsos do not twist: `waist` is 0, for the frame of the body leans with the torso.
        """
        found = {"waist": 0.0, **self._head()}
        for side, (name, sign) in SIDES.items():
            upper = self._vector(f"{name}_shoulder", f"{name}_elbow")
            lower = self._vector(f"{name}_elbow", f"{name}_wrist")
            arm = _arm(upper, lower, sign)
            upper = self._vector(f"{name}_hip", f"{name}_knee")
            lower = self._vector(f"{name}_knee", f"{name}_ankle")
            leg = _leg(upper, lower, sign)
            found.update({f"{side}_{joint}": float(v) for joint, v in {**arm, **leg}.items()})
        return found

    def _middle(self, joint: str) -> np.ndarray:
        return (self._at[f"left_{joint}"] + self._at[f"right_{joint}"]) / 2

    def _vector(self, start: str, end: str) -> np.ndarray:
        """(3,) from one keypoint to another along the axes of the body; NaN when not known."""
        unknown = np.full(3, np.nan)
        return (self._at.get(end, unknown) - self._at.get(start, unknown)) @ self.rotation

    def _head(self) -> Dict[str, float]:
        """Roll, yaw and pitch of the head, in this order, by the shape that heads have."""
        at = np.array([self._at.get(name, np.full(3, np.nan)) for name in HEAD_KEYPOINTS])
        known = np.isfinite(at).all(1)
        if known.sum() < _HEAD_JOINTS:
            return {}
        seen, model = at[known] @ self.rotation, COMMON.points[known]
        turn = aligning(seen - seen.mean(0), model - model.mean(0))
        roll, yaw, pitch = turn.as_euler("XZY")
        return {"r_head": float(roll), "y_head": float(yaw), "p_head": float(-pitch)}


def _arm(upper: np.ndarray, lower: np.ndarray, sign: float) -> Dict[str, float]:
    """Angles of an arm, of which (3,) upper and lower are the limbs; sign: 1 left, -1 right."""
    if not np.isfinite(upper).all() or not upper.any():
        return {}
    x, y, z = upper
    out = np.arctan2(np.hypot(x, y), -z)  # from hanging to pointing up
    ahead = np.arctan2(x, sign * y)  # from aside to forward
    found = {"y_shoulder": ahead, "p_shoulder": out, "r_shoulder": ahead}
    if not np.isfinite(lower).all() or not lower.any():
        return found
    to_arm = Rotation.from_euler("ZX", [-sign * ahead, sign * out]).inv()
    x, y, z = to_arm.apply(lower)
    bend = np.arctan2(np.hypot(x, y), -z)
    if bend < _STRAIGHT:
        return {**found, "elbow": 0.0}
    return {**found, "r_shoulder": sign * np.arctan2(y, x), "elbow": bend}


def _leg(upper: np.ndarray, lower: np.ndarray, sign: float) -> Dict[str, float]:
    """Angles of a leg, likewise; its plane is that of thigh and shank."""
    if not np.isfinite(upper).all() or not upper.any():
        return {}
    axis = _knee_axis(upper, lower)
    aside = np.arcsin(np.clip(axis[2], -1, 1))
    turn = np.arctan2(axis[0], axis[1])
    to_leg = Rotation.from_euler("ZX", [-turn, aside]).inv()
    x, _, z = to_leg.apply(upper)
    swing = np.arctan2(x, -z)
    found = {"y_hip": turn, "p_hip": sign * aside, "r_hip": swing}
    if not np.isfinite(lower).all() or not lower.any():
        return found
    x, _, z = to_leg.apply(lower)
    bend = np.arctan2(x, -z) - swing
    return {**found, "knee": (bend + np.pi) % (2 * np.pi) - np.pi}


def _knee_axis(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """(3,) unit vector about which the knee turns, to the person's left."""
    upper = upper / np.linalg.norm(upper)
    across = np.cross(upper, lower)
    if not np.linalg.norm(across) > np.sin(_STRAIGHT) * np.linalg.norm(lower):  # also of NaN
        across = np.array([0, 1.0, 0]) - upper[1] * upper  # of a leg that is not turned
    if np.linalg.norm(across) < 1e-6:  # a straight leg that points aside
        return np.array([0, 0, np.sign(upper[1])])
    across /= np.linalg.norm(across)
    return -across if across[1] < 0 else across

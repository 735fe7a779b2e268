"""What a person does, from joints over time: arms raised, waving, pointing, facing, fallen."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Deque, Dict, NamedTuple, Optional, Tuple

import numpy as np

from lightweight_openpose.poses.skeleton import Skeleton

from .held import Held
from .rules import (
    SIDES,
    Arm,
    GestureConfig,
    Joints,
    count_turns,
    is_facing,
    is_lying,
    is_pointing,
    is_raised,
    torso_length,
)

_SHORTEST_DIRECTION = 0.05  # m from shoulder to wrist


def _no_side() -> Dict[str, bool]:
    return dict.fromkeys(SIDES, False)


@dataclass
class Gestures:
    """What a person does at a time."""

    raised: Dict[str, bool] = field(default_factory=_no_side)  # by side
    waving: Dict[str, bool] = field(default_factory=_no_side)  # by side
    pointing: Optional[str] = None  # the arm: "left" or "right"
    angle: float = float("nan")  # of the forearm in the image [rad], 0 right, positive downwards
    direction: Optional[np.ndarray] = None  # (3,) unit vector from shoulder to wrist, with depth
    facing: bool = False
    fallen: bool = False


class _Swing(NamedTuple):
    """Where a hand above its elbow was."""

    stamp: float
    across: float  # px from the elbow
    length: float  # of the forearm [px]


class GestureTracker:
    """Gestures of one person from frame to frame."""

    def __init__(self, skeleton: Skeleton, config: GestureConfig = GestureConfig()):
        """skeleton: with the names of coco18's joints."""
        self._names = skeleton.keypoints
        self._config = config
        self._raised = {side: Held(config.hold, False) for side in SIDES}
        self._pointing = {side: Held(config.hold, False) for side in SIDES}
        self._facing = Held(config.hold, False)
        self._fallen = Held(config.fallen_hold, False)
        self._swings: Dict[str, Deque[_Swing]] = {side: deque() for side in SIDES}

    def update(
        self,
        keypoints: np.ndarray,
        stamp: float,
        head: Optional[Tuple[float, float]] = None,
        points: Optional[np.ndarray] = None,
    ) -> Gestures:
        """Gestures after a frame.

        keypoints: (K, 3) [x px, y px, score]; stamp: [s]; head: (yaw, pitch) [rad] when known;
        points: (K, >= 3) [m] with depth.
        """
        joints = {n: k[:2].astype(float) for n, k in zip(self._names, keypoints) if k[2] > 0}
        torso = torso_length(joints)
        arms = {side: Arm.of(joints, side) for side in SIDES}
        result = Gestures()
        result.fallen = self._update_fallen(joints, stamp)
        result.facing = self._update_facing(joints, head, stamp)
        for side, arm in arms.items():
            result.raised[side] = self._update_raised(side, arm, torso, stamp)
            result.waving[side] = self._update_waving(side, arm, stamp)
        result.pointing = self._update_pointing(arms, torso, stamp)
        if result.fallen:
            result.pointing = None
        if result.pointing is not None:
            across, down = arms[result.pointing].forearm  # type: ignore[misc]
            result.angle = float(np.arctan2(down, across))
            result.direction = self._direction(points, result.pointing)
        return result

    def _update_fallen(self, joints: Joints, stamp: float) -> bool:
        least = _bound(self._config.lying, self._fallen)
        return self._fallen.update(is_lying(joints, least), stamp)

    def _update_facing(
        self, joints: Joints, head: Optional[Tuple[float, float]], stamp: float
    ) -> bool:
        most = _bound(self._config.facing, self._facing)
        return self._facing.update(is_facing(joints, head, most), stamp)

    def _update_raised(self, side: str, arm: Arm, torso: Optional[float], stamp: float) -> bool:
        held = self._raised[side]
        least = _bound(self._config.raised, held)
        return held.update(is_raised(arm, torso, least), stamp)

    def _update_pointing(
        self, arms: Dict[str, Arm], torso: Optional[float], stamp: float
    ) -> Optional[str]:
        """The side that points, of two the one whose forearm is seen longer."""
        lengths = {}
        for side, arm in arms.items():
            held = self._pointing[side]
            straight = _bound(self._config.straight, held)
            level = _bound(self._config.level, held)
            points = held.update(is_pointing(arm, torso, straight, level), stamp)
            if points and arm.forearm is not None:
                lengths[side] = float(np.linalg.norm(arm.forearm))
        return max(lengths, key=lambda side: (lengths[side], side)) if lengths else None

    def _update_waving(self, side: str, arm: Arm, stamp: float) -> bool:
        """The hand above the elbow swings from side to side."""
        config = self._config
        swings = self._swings[side]
        forearm = arm.forearm
        if forearm is not None and forearm[1] < 0:
            swings.append(_Swing(stamp, float(forearm[0]), float(np.linalg.norm(forearm))))
        while swings and not 0 <= stamp - swings[0].stamp <= config.wave_time:
            swings.popleft()
        if len(swings) <= config.turns:
            return False
        width = config.swing * max(swing.length for swing in swings)
        return count_turns([swing.across for swing in swings], width) >= config.turns

    def _direction(self, points: Optional[np.ndarray], side: str) -> Optional[np.ndarray]:
        if points is None:
            return None
        shoulder = points[self._names.index(f"{side}_shoulder"), :3].astype(float)
        wrist = points[self._names.index(f"{side}_wrist"), :3].astype(float)
        length = np.linalg.norm(wrist - shoulder)
        if not np.isfinite(length) or length <= _SHORTEST_DIRECTION:
            return None
        return (wrist - shoulder) / length


def _bound(bound: Tuple[float, float], held: Held[bool]) -> float:
    begin, go_on = bound
    return go_on if held.value else begin

"""An arm points to a side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Mapping, Optional

import numpy as np

from lightweight_openpose.gestures.held import Held
from lightweight_openpose.settings import ranged

from .rule import SIDES, Arm, BodyFrame, BodyRule, register

_SHORTEST_ARM = 0.15  # torsos; upper arm or forearm shorter than this points towards the camera
_SHORTEST_DIRECTION = 0.05  # m from shoulder to wrist
_NAN = float("nan")


@dataclass(frozen=True)
class PointingSettings:
    """When an arm points."""

    straight: float = ranged(2.6, 0.0, 3.1416, "least angle at the elbow", "rad")
    straight_held: float = ranged(2.35, 0.0, 3.1416, "the same while the arm points", "rad")
    level: float = ranged(0.8, 0.0, 3.1416, "largest angle of the arm to the horizontal", "rad")
    level_held: float = ranged(0.95, 0.0, 3.1416, "the same while the arm points", "rad")
    hold: float = ranged(0.2, 0.0, 10.0, "how long a change must last", "s")


@register
class Pointing(BodyRule):
    """The arm that points, where to in the image [rad], and where to in metres."""

    name = "pointing"
    settings = PointingSettings
    nothing = {"pointing": None, "angle": _NAN, "direction": None}
    hidden_by = "fallen"

    def __init__(self, settings: PointingSettings):
        super().__init__(settings)
        self._held = {side: Held(settings.hold, False) for side in SIDES}

    def update(self, frame: BodyFrame) -> Dict[str, Any]:
        """The side; the angle is 0 to the right, positive downwards; the direction (3,)."""
        side = self._side(frame)
        if side is None:
            return self.nothing
        across, down = frame.arms()[side].forearm  # type: ignore[misc]
        angle = float(np.arctan2(down, across))
        return {"pointing": side, "angle": angle, "direction": _direction(frame, side)}

    @staticmethod
    def fields(values: Mapping[str, Any]) -> Dict[str, Any]:
        """The arm by its constant."""
        side, direction = values["pointing"], values["direction"]
        return {
            "pointing_arm": "NO_ARM" if side is None else f"{side.upper()}_ARM",
            "pointing_angle": values["angle"],
            "pointing_direction": np.full(3, _NAN) if direction is None else direction,
        }

    def _side(self, frame: BodyFrame) -> Optional[str]:
        """The side that points, of two the one whose forearm is seen longer."""
        torso, lengths = frame.torso(), {}
        for side, arm in frame.arms().items():
            held = self._held[side]
            bounds = [self.bound(name, held.value) for name in ("straight", "level")]
            points = held.update(is_pointing(arm, torso, *bounds), frame.stamp)
            if points and arm.forearm is not None:
                lengths[side] = float(np.linalg.norm(arm.forearm))
        return max(lengths, key=lambda side: (lengths[side], side)) if lengths else None


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


def _direction(frame: BodyFrame, side: str) -> Optional[np.ndarray]:
    """(3,) unit vector from shoulder to wrist, None without depth of both."""
    ends = [frame.points.get(f"{side}_{part}") for part in ("wrist", "shoulder")]
    if ends[0] is None or ends[1] is None:
        return None
    whole = ends[0] - ends[1]
    length = np.linalg.norm(whole)
    if not np.isfinite(length) or length <= _SHORTEST_DIRECTION:
        return None
    return whole / length

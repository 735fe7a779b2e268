"""Somebody lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional

import numpy as np

from lightweight_openpose.gestures.held import Held
from lightweight_openpose.settings import ranged

from .rule import BodyFrame, BodyRule, register


@dataclass(frozen=True)
class FallenSettings:
    """When somebody has fallen."""

    angle: float = ranged(1.05, 0.0, 3.1416, "least angle of torso and legs to the vertical", "rad")
    angle_held: float = ranged(0.8, 0.0, 3.1416, "the same while the person lies", "rad")
    hold: float = ranged(0.6, 0.0, 10.0, "how long a change must last", "s")


@register
class Fallen(BodyRule):
    """Torso and legs lie."""

    name = "fallen"
    settings = FallenSettings
    nothing = {"fallen": False}

    def __init__(self, settings: FallenSettings):
        super().__init__(settings)
        self._held = Held(settings.hold, False)

    def update(self, frame: BodyFrame) -> Dict[str, Any]:
        """Whether it is so."""
        seen = is_lying(frame, self.bound("angle", self._held.value))
        return {"fallen": self._held.update(seen, frame.stamp)}


def is_lying(frame: BodyFrame, least: float) -> Optional[bool]:
    """Torso and legs are off the vertical by `least` [rad].

    Who bends over still stands on their legs.
    """
    hips = frame.found("left_hip", "right_hip")
    feet = frame.found("left_ankle", "right_ankle") or frame.found("left_knee", "right_knee")
    if "neck" not in frame.joints or not hips or not feet:
        return None
    torso = np.mean(hips, axis=0) - frame.joints["neck"]
    whole = np.mean(feet, axis=0) - frame.joints["neck"]
    return all(np.arctan2(abs(x), y) > least for x, y in (torso, whole))

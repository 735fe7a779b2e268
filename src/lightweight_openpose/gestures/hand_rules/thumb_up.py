"""A fist whose thumb is stretched upwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lightweight_openpose.poses.ranged import ranged

from .measures import KNUCKLES, THUMB, from_up
from .rule import HandRule, register


@dataclass(frozen=True)
class ThumbUpSettings:
    """When a thumb is up."""

    angle: float = ranged(0.8, 0.0, 3.1416, "largest of the thumb to the vertical", "rad")
    angle_held: float = ranged(1.0, 0.0, 3.1416, "as long as it is up", "rad")


@register
class ThumbUp(HandRule):
    """The tip of the thumb higher than all other fingers."""

    name = "thumb_up"
    settings = ThumbUpSettings

    def shows(self, hand):
        """By the fingers and the direction of the thumb."""
        if hand.fingers != (True, False, False, False, False):
            return False
        low, tip = hand.points[THUMB[0]], hand.points[THUMB[-1]]
        highest = np.nanmin(hand.points[KNUCKLES[0] :, 1])
        return bool(from_up(tip - low) < self.bound("angle") and tip[1] < highest)

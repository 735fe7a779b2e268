"""A fist whose thumb is stretched upwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lightweight_openpose.settings import ranged

from .measures import KNUCKLES, THUMB, Hand, from_up
from .rule import HandRule, register


@dataclass(frozen=True)
class ThumbUpSettings:
    """When a thumb is up."""

    angle: float = ranged(0.8, 0.0, 3.1416, "largest angle of the thumb to the vertical", "rad")
    angle_held: float = ranged(1.0, 0.0, 3.1416, "the same while the thumb is up", "rad")


@register
class ThumbUp(HandRule):
    """The tip of the thumb higher than all other fingers."""

    name = "thumb_up"
    settings = ThumbUpSettings

    def shows(self, hand: Hand) -> bool:
        """By the fingers and the direction of the thumb."""
        if hand.fingers != (True, False, False, False, False):
            return False
        low, tip = hand.points[THUMB[0]], hand.points[THUMB[-1]]
        highest = np.nanmin(hand.points[KNUCKLES[0] :, 1])
        return bool(from_up(tip - low) < self.bound("angle") and tip[1] < highest)

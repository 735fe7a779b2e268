"""The index finger points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lightweight_openpose.settings import ranged

from .measures import KNUCKLES, WRIST, Hand, angle_between, from_up
from .rule import HandRule, register


@dataclass(frozen=True)
class PointingSettings:
    """When an index finger points."""

    long: float = ranged(0.65, 0.0, 3.0, "least length of the index finger", "palms")
    long_held: float = ranged(0.55, 0.0, 3.0, "the same while the finger points", "palms")
    bent: float = ranged(0.8, 0.0, 3.1416, "largest angle to the back of the hand", "rad")
    bent_held: float = ranged(1.0, 0.0, 3.1416, "the same while the finger points", "rad")
    closed: float = ranged(
        0.05, -3.0, 3.0, "largest distance of the other tips beyond their knuckles", "palms"
    )
    closed_held: float = ranged(0.2, -3.0, 3.0, "the same while the finger points", "palms")
    hanging: float = ranged(0.8, 0.0, 3.1416, "least angle to straight down", "rad")
    hanging_held: float = ranged(0.7, 0.0, 3.1416, "the same while the finger points", "rad")


@register
class Pointing(HandRule):
    """The index finger alone, or with the thumb; fingers of a hanging arm point at nothing."""

    name = "pointing"
    settings = PointingSettings

    def shows(self, hand: Hand) -> bool:
        """By the fingers, and by the length and direction of the index finger."""
        if hand.fingers[1:] != (True, False, False, False):
            return False
        wrist, knuckle, tip = hand.points[[WRIST, KNUCKLES[0], KNUCKLES[0] + 3]]
        finger = tip - knuckle
        long = float(np.linalg.norm(finger)) > self.bound("long") * hand.palm
        bent = angle_between(finger, knuckle - wrist) > self.bound("bent")
        hanging = np.pi - from_up(finger) < self.bound("hanging")
        return bool(long and not bent and not hanging and _closed(hand) < self.bound("closed"))


def _closed(hand: Hand) -> float:
    """How far the tips of the last three fingers are beyond their knuckles [palms], at most."""
    from_wrist = np.linalg.norm(hand.points - hand.points[WRIST], axis=1) / hand.palm
    return float(max(from_wrist[knuckle + 3] - from_wrist[knuckle] for knuckle in KNUCKLES[1:]))

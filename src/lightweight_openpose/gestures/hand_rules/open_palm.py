"""The inner side of a flat hand that is held up, as for `stop`."""

from __future__ import annotations

from dataclasses import dataclass

from lightweight_openpose.settings import ranged

from .measures import KNUCKLES, WRIST, Hand, from_up
from .rule import HandRule, register


@dataclass(frozen=True)
class OpenPalmSettings:
    """When a palm is open."""

    palm: float = ranged(0.27, -2.0, 2.0, "least area of the palm that the camera sees", "palms^2")
    palm_held: float = ranged(0.18, -2.0, 2.0, "the same while the palm is open", "palms^2")
    upright: float = ranged(1.2, 0.0, 3.1416, "largest angle of the hand to the vertical", "rad")
    upright_held: float = ranged(1.4, 0.0, 3.1416, "the same while the palm is open", "rad")


@register
class OpenPalm(HandRule):
    """Four fingers stretched out, and the palm seen."""

    name = "open_palm"
    settings = OpenPalmSettings

    def shows(self, hand: Hand) -> bool:
        """By the fingers, the direction of the hand and its side."""
        if hand.fingers[1:] != (True,) * 4 or hand.fingers.thumb is False:
            return False
        upwards = from_up(hand.points[KNUCKLES[1]] - hand.points[WRIST]) < self.bound("upright")
        return upwards and _palm_seen(hand) > self.bound("palm")


def _palm_seen(hand: Hand) -> float:
    """Area between wrist and outer knuckles [palms^2], negative where the back is seen."""
    index, little = hand.points[[KNUCKLES[0], KNUCKLES[-1]]] - hand.points[WRIST]
    area = (little[0] * index[1] - little[1] * index[0]) / hand.palm**2
    return float(area if hand.side == "right" else -area)

"""A closed hand, also around something that it holds."""

from __future__ import annotations

from .measures import Hand
from .rule import HandRule, register


@register
class Fist(HandRule):
    """Four fingers folded, and no thumb stretched out."""

    name = "fist"

    def shows(self, hand: Hand) -> bool:
        """By the fingers."""
        return hand.fingers[1:] == (False,) * 4 and hand.fingers.thumb is not True

"""What a rule about a hand is, and the one that a hand in one frame meets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Dict, Mapping, Optional, Type, TypeVar

import numpy as np

from .measures import Fingers, Hand, HandSettings

NO_GESTURE = "none"


class HandRule(ABC):
    """Whether a hand makes a gesture in one frame. No two rules may be true of the same hand."""

    name: str  # in lower case of its constant in HandGesture.msg
    settings: Optional[Type[Any]] = None  # a dataclass whose fields have defaults

    def __init__(self, settings: Any = None, held: bool = False):
        """settings: an instance of the class's `settings`; held: by the laxer bounds."""
        self._settings = settings
        self._held = held

    @abstractmethod
    def shows(self, hand: Hand) -> bool:
        """Whether the hand makes it."""

    def bound(self, name: str) -> float:
        """A setting, or where the gesture is made already the laxer one, `name`_held."""
        return float(getattr(self._settings, f"{name}_held" if self._held else name))


RULES: Dict[str, Type[HandRule]] = {}  # by name
AnyRule = TypeVar("AnyRule", bound=Type[HandRule])


def register(rule: AnyRule) -> AnyRule:
    """Make a rule known. Raises ValueError where its name is taken."""
    if rule.name in RULES or rule.name == NO_GESTURE:
        raise ValueError(f"there is a rule {rule.name} already")
    RULES[rule.name] = rule
    return rule


def default_settings() -> Dict[str, Any]:
    """Name of each rule that has settings -> these."""
    return {name: rule.settings() for name, rule in RULES.items() if rule.settings}


def gesture_of(
    hand: Optional[np.ndarray],
    side: str,
    settings: HandSettings = HandSettings(),
    held: str = NO_GESTURE,
    rules: Optional[Mapping[str, Any]] = None,
) -> Optional[str]:
    """The gesture of a hand in one frame, None where it is not known.

    hand: (21, 3) [x px, y px, score], None: not found; side: "left" or "right", the person's own;
    held: the gesture until now, which goes on within the laxer bounds; rules: settings by the names
    of rules.
    """
    measured = Hand.of(hand, side, settings, going_on=False)
    if measured is None:
        return None
    bounds = {**default_settings(), **(rules or {})}
    if held in RULES:
        lax = Hand.of(hand, side, settings, going_on=True)
        if lax is not None and RULES[held](bounds.get(held), held=True).shows(lax):
            return held
    seen = (name for name, rule in RULES.items() if rule(bounds.get(name)).shows(measured))
    return next(seen, None if measured.fingers == Fingers() else NO_GESTURE)

"""An arm is raised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Mapping, Optional

from lightweight_openpose.gestures.held import Held
from lightweight_openpose.settings import ranged

from .rule import SIDES, Arm, BodyFrame, BodyRule, register


@dataclass(frozen=True)
class RaisedSettings:
    """When an arm is raised."""

    height: float = ranged(0.25, 0.0, 3.0, "least height of the wrist over the shoulder", "torsos")
    height_held: float = ranged(0.1, -3.0, 3.0, "the same while the arm is raised", "torsos")
    hold: float = ranged(0.2, 0.0, 10.0, "how long a change must last", "s")


@register
class Raised(BodyRule):
    """Each arm whose hand is above the shoulder."""

    name = "raised"
    settings = RaisedSettings
    nothing = {"raised": dict.fromkeys(SIDES, False)}

    def __init__(self, settings: RaisedSettings):
        super().__init__(settings)
        self._held = {side: Held(settings.hold, False) for side in SIDES}

    def update(self, frame: BodyFrame) -> Dict[str, Any]:
        """By side."""
        torso = frame.torso()
        return {"raised": {s: self._side(s, arm, torso, frame) for s, arm in frame.arms().items()}}

    @staticmethod
    def fields(values: Mapping[str, Any]) -> Dict[str, Any]:
        """A field for each arm."""
        return {f"{side}_arm_raised": values["raised"][side] for side in SIDES}

    def _side(self, side: str, arm: Arm, torso: Optional[float], frame: BodyFrame) -> bool:
        held = self._held[side]
        seen = is_raised(arm, torso, self.bound("height", held.value))
        return held.update(seen, frame.stamp)


def is_raised(arm: Arm, torso: Optional[float], least: float) -> Optional[bool]:
    """The wrist is above the shoulder by `least` torsos."""
    if arm.shoulder is None or arm.wrist is None or torso is None:
        return None
    return bool(arm.shoulder[1] - arm.wrist[1] > least * torso)

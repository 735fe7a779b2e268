"""A hand waves."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, Deque, Dict, Mapping, NamedTuple, Sequence

import numpy as np

from lightweight_openpose.settings import ranged

from .rule import SIDES, Arm, BodyFrame, BodyRule, register


@dataclass(frozen=True)
class WavingSettings:
    """When a hand waves."""

    width: float = ranged(0.3, 0.01, 3.0, "least width of a wave", "forearms")
    turns: int = ranged(3, 1, 100, "least number of changes of direction within `time`")
    time: float = ranged(2.0, 0.1, 60.0, "time in which the turns are counted", "s")


class _Swing(NamedTuple):
    """Where a hand above its elbow was."""

    stamp: float
    across: float  # px from the elbow
    length: float  # of the forearm [px]


@register
class Waving(BodyRule):
    """Each hand that is above the elbow and swings from side to side."""

    name = "waving"
    settings = WavingSettings
    nothing = {"waving": dict.fromkeys(SIDES, False)}

    def __init__(self, settings: WavingSettings):
        super().__init__(settings)
        self._swings: Dict[str, Deque[_Swing]] = {side: deque() for side in SIDES}

    def update(self, frame: BodyFrame) -> Dict[str, Any]:
        """By side."""
        arms = frame.arms()
        return {"waving": {side: self._side(side, arms[side], frame.stamp) for side in SIDES}}

    @staticmethod
    def fields(values: Mapping[str, Any]) -> Dict[str, Any]:
        """A field for each hand."""
        return {f"{side}_hand_waving": values["waving"][side] for side in SIDES}

    def _side(self, side: str, arm: Arm, stamp: float) -> bool:
        settings = self._settings
        swings = self._swings[side]
        forearm = arm.forearm
        if forearm is not None and forearm[1] < 0:
            swings.append(_Swing(stamp, float(forearm[0]), float(np.linalg.norm(forearm))))
        while swings and not 0 <= stamp - swings[0].stamp <= settings.time:
            swings.popleft()
        if len(swings) <= settings.turns:
            return False
        width = settings.width * max(swing.length for swing in swings)
        return count_turns([swing.across for swing in swings], width) >= settings.turns


def count_turns(values: Sequence[float], width: float) -> int:
    """How often a signal turns after it went at least `width` one way."""
    turns = 0
    way = 0  # 1: it rises, -1: it falls, 0: it has not gone far enough to tell
    extreme = values[0]  # the farthest value on this way
    for value in values[1:]:
        farther = (way >= 0 and value > extreme) or (way <= 0 and value < extreme)
        if farther:
            if way == 0 and abs(value - values[0]) >= width:
                way = 1 if value > values[0] else -1
            if way != 0 or abs(value - values[0]) > abs(extreme - values[0]):
                extreme = value
        elif way != 0 and abs(value - extreme) >= width:
            turns += 1
            way = -way
            extreme = value
    return turns

"""Footage at the pace at which it was taken."""

from __future__ import annotations

import time
from typing import Callable, Optional

_OUT_OF_STEP = 1.0  # s; further behind the time due than this, the pace begins again


class Pace:
    """When frames are due: at their own times, or at a rate."""

    def __init__(self, framerate: float, clock: Callable[[], float] = time.monotonic):
        """framerate [1/s]: 0 is their own times. clock: ROS time may stand still or jump."""
        self._gap = 1 / framerate if framerate else 0.0  # s
        self._clock = clock
        self._count = 0
        self._start: Optional[float] = None  # [s] of the clock when time 0 was due

    def due(self, stamp: float) -> float:
        """Time [s] of the next frame in the footage as it is shown, whose own time is stamp [s]."""
        return self._count * self._gap if self._gap else stamp

    def wait(self, stamp: float) -> float:
        """Seconds until the next frame is due, whose time is stamp [s]; below 0: it is late."""
        at = self.due(stamp)
        now = self._clock()
        if self._start is None or now - self._start - at > max(_OUT_OF_STEP, self._gap):
            self._start = now - at
        return self._start + at - now

    def step(self) -> None:
        """That frame was taken."""
        self._count += 1

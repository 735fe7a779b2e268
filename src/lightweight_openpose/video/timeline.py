"""Times of frames that always rise, out of time stamps that may not."""

from __future__ import annotations

import math
from typing import Optional

_SHORTEST = 0.001  # s from a frame to the next
_BACK = 1.0  # s; a stamp further back than this begins a new count


class Timeline:
    """Turns time stamps of frames into seconds since the first.

    Where a stamp is missing or repeated, or goes back, the frame follows the one before as that
    followed its own; so it does after a jump.
    """

    def __init__(self, gap: float, longest: float = math.inf):
        """gap [s]: between frames until stamps say more; longest [s]: what is more is a jump."""
        self._gap = gap
        self._longest = longest
        self._time: Optional[float] = None  # of the last frame
        self._stamp: Optional[float] = None  # the last that there was
        self._offset = 0.0  # from stamps to times

    def at(self, stamp: Optional[float]) -> float:
        """Time [s] of the next frame, whose stamp [s] may be None."""
        before = self._stamp
        self._stamp = before if stamp is None else stamp
        self._time = self._next(stamp, before)
        return self._time

    def _next(self, stamp: Optional[float], before: Optional[float]) -> float:
        step = None if stamp is None or before is None else stamp - before
        if self._time is not None and step is not None and 0 < step <= self._longest:
            time = stamp + self._offset  # type: ignore[operator]
            if time >= self._time + _SHORTEST:
                self._gap = time - self._time
                return time
            return self._time + _SHORTEST
        time = 0.0 if self._time is None else self._time + self._gap
        if stamp is not None and (step is None or not -_BACK < step <= self._longest):
            self._offset = time - stamp
        return time

"""How many watch, and whether anybody does."""
from __future__ import annotations

import asyncio
from typing import Callable

LINGER = 3.0  # s after the last viewer left until nobody counts as watching


class Viewers:
    """Counts those who watch; in the loop of the server alone.

    A page that is loaded anew, or a script that asks now and then, is no end of watching.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, watching: Callable[[bool], None]):
        """watching(bool) is called when the first comes and LINGER after the last has left."""
        self.count = 0
        self._loop = loop
        self._tell = watching
        self._watched = False
        self._leaving = None

    def enter(self) -> None:
        """One more watches."""
        self.count += 1
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        if not self._watched:
            self._watched = True
            self._tell(True)

    def leave(self) -> None:
        """One of them leaves."""
        self.count -= 1
        if not self.count:
            self._leaving = self._loop.call_later(LINGER, self._left)

    def _left(self):
        self._leaving = None
        self._watched = False
        self._tell(False)

"""The end of a run by a signal."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Optional


class Interruption:
    """Notes Ctrl-C and SIGTERM for the end of the iteration, when the state is whole.

    A second one ends at once.
    """

    asked = False

    def __enter__(self) -> Interruption:
        self._before = {}
        if threading.current_thread() is threading.main_thread():
            self._before = {s: signal.signal(s, self._on) for s in (signal.SIGINT, signal.SIGTERM)}
        return self

    def _on(self, number: int, frame: Optional[FrameType]) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

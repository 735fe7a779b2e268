"""A slot for the newest item and the thread that works on it."""
from __future__ import annotations

import threading
from typing import Callable


class NewestFirst:
    """Runs work(item) in a thread of its own on the newest item put; items overtaken meanwhile are dropped.

    dropped: how many were.
    """

    def __init__(self, work: Callable[[object], None]):
        self.dropped = 0
        self._work = work
        self._condition = threading.Condition()
        self._item = None
        self._open = True
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()

    def put(self, item) -> None:
        with self._condition:
            self.dropped += self._item is not None
            self._item = item
            self._condition.notify()

    def close(self) -> None:
        """End the thread after the item in work."""
        with self._condition:
            self._open = False
            self._condition.notify()
        self._thread.join(timeout=5)

    def _loop(self):
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._item is not None or not self._open)
                if not self._open:
                    return
                item, self._item = self._item, None
            self._work(item)

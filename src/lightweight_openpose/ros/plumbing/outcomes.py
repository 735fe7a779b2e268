"""Whether any frame of now is answered, or all are bad."""

from __future__ import annotations

import math
import threading
import time
from collections import defaultdict
from typing import Any, Dict, Optional, Sequence, Tuple

from diagnostic_msgs.msg import DiagnosticStatus

_UNANSWERED = 5.0  # s for which frames may come without an answer
_STEADY = 3.0  # s without an answer after which single bad frames are all of them
_TRANSFORMS = "/tf"  # among the types of messages
_FORGOTTEN = 30.0  # s after which a bad frame says nothing of now


class _Ends:
    """When messages of one kind were answered and given up last [s], and why."""

    def __init__(self) -> None:
        self.answered = self.failed = -math.inf
        self.trouble = ""  # what to report where all failed

    def all_bad(self, now: float) -> bool:
        lately = now - self.failed < _FORGOTTEN
        return lately and self.answered < self.failed and now - self.answered > _STEADY


class Outcomes:
    """How it ended lately, each kind of message by itself: good poses do not hide bad images."""

    def __init__(self) -> None:
        self._ends: Dict[str, _Ends] = defaultdict(_Ends)  # by the types of messages
        self._came = -math.inf  # s
        self._waiting_since = math.inf  # s; of frames that came since the last of them ended
        self._lock = threading.Lock()

    def receive(self) -> None:
        """A frame came."""
        now = time.monotonic()
        with self._lock:
            if now - self._came > _STEADY or self._waiting_since == math.inf:
                self._waiting_since = now
            self._came = now

    def answer(self, messages: Sequence[Any]) -> None:
        """Messages were answered."""
        with self._lock:
            self._ends[_types_of(messages)].answered = time.monotonic()
            self._waiting_since = math.inf

    def fail(self, messages: Sequence[Any], reason: str) -> None:
        """Messages were given up for a fault in them."""
        with self._lock:
            ends = self._ends[_types_of(messages)]
            ends.failed, ends.trouble = time.monotonic(), f"every frame is bad: {reason}"
            self._waiting_since = math.inf

    def find_transform(self) -> None:
        """TF had the transform of a frame."""
        with self._lock:
            self._ends[_TRANSFORMS].answered = time.monotonic()

    def lack_transform(self, reason: str) -> None:
        """TF had none."""
        with self._lock:
            ends = self._ends[_TRANSFORMS]
            ends.failed, ends.trouble = time.monotonic(), reason

    def trouble(self) -> Optional[Tuple[int, str]]:
        """Level and message where no frame of now is answered, None where some are."""
        now = time.monotonic()
        with self._lock:
            bad = [ends for ends in self._ends.values() if ends.all_bad(now)]
            waiting = now - self._waiting_since
            silent = now - self._came > _UNANSWERED
        if bad:
            latest = max(bad, key=lambda ends: ends.failed)
            return DiagnosticStatus.ERROR, latest.trouble
        if waiting > _UNANSWERED and not silent:
            return DiagnosticStatus.WARN, f"frames come, but none was answered for {waiting:.0f} s"
        return None


def _types_of(messages: Sequence[Any]) -> str:
    return " and ".join(type(msg).__name__ for msg in messages)

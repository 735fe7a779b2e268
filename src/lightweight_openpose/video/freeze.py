"""A camera that goes on to send one and the same picture."""

from __future__ import annotations

import time
from typing import Callable, Optional

import numpy as np

_STEP = 8  # px; a live sensor's noise is in every eighth pixel of every eighth row


class FreezeWatch:
    """Tells when pictures stop to differ, and when they differ again.

    patience [s]: how long they may be the same. clock: for the tests.
    """

    def __init__(self, patience: float, clock: Callable[[], float] = time.monotonic):
        self.frozen = False
        self._patience = patience
        self._clock = clock
        self._last: Optional[np.ndarray] = None
        self._since = 0.0

    def changed(self, frame: np.ndarray) -> bool:
        """Whether `frozen` is another with this frame (H, W, 3)."""
        now = self._clock()
        sample = frame[::_STEP, ::_STEP].copy()
        if self._last is None or not np.array_equal(sample, self._last):
            self._last = sample
            self._since = now
        before = self.frozen
        self.frozen = now - self._since > self._patience
        return self.frozen != before

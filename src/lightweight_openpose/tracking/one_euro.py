"""Smooth joints over frames."""

from __future__ import annotations

from typing import Optional

import numpy as np


class OneEuro:
    """One Euro filter of (K, 2) positions on real time stamps.

    Casiez, Roussel, Vogel: "1 Euro Filter", CHI 2012.
    """

    _SPEED_CUTOFF = 1.0  # Hz, of the filter on the speed, as in the paper

    def __init__(self, count: int, min_cutoff: float, beta: float):
        """count: K; min_cutoff: [Hz] at rest; beta: [Hz] more per size and second."""
        self._min_cutoff = min_cutoff
        self._beta = beta
        self._value = np.full((count, 2), np.nan)
        self._speed = np.zeros((count, 2))
        self._stamp: Optional[float] = None

    def __call__(self, xy: np.ndarray, stamp: float, size: float) -> np.ndarray:
        """Filtered copy of xy [px] at stamp [s]; NaN rows stay NaN.

        size: [px] of the person, which makes speeds comparable.
        """
        dt = 0.0 if self._stamp is None else stamp - self._stamp
        fresh = np.isnan(self._value[:, 0])
        if dt > 0:
            speed = np.where(fresh[:, None], 0, (xy - self._value) / dt)
            self._speed += _alpha(self._SPEED_CUTOFF, dt) * (np.nan_to_num(speed) - self._speed)
            rate = np.linalg.norm(self._speed, axis=1)
            cutoff = self._min_cutoff + self._beta * rate / max(size, 1.0)
            smooth = self._value + _alpha(cutoff, dt)[:, None] * (xy - self._value)
        else:
            smooth = xy if self._stamp is None else self._value
        self._value = np.where(fresh[:, None] | np.isnan(xy), xy, smooth)
        self._speed[np.isnan(self._value[:, 0])] = 0
        self._stamp = stamp
        return self._value.copy()


def _alpha(cutoff, dt):
    """Share of the new value in a low-pass filter with this cutoff [Hz] after dt [s]."""
    tau = 1 / (2 * np.pi * cutoff)
    return 1 / (1 + tau / dt)

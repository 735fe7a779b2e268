"""Smooth joints over frames."""

from __future__ import annotations

from typing import Union

import numpy as np


class OneEuro:
    """One Euro filters of (K, 2) positions on real time stamps, those of many people at once.

    Casiez, Roussel, Vogel: "1 Euro Filter", CHI 2012.
    """

    _SPEED_CUTOFF = 1.0  # Hz, of the filter on the speed, as in the paper

    def __init__(self, joints: int, min_cutoff: float, beta: float):
        """No filter yet. joints: K; min_cutoff: [Hz] at rest; beta: [Hz] more per size and second."""
        self._min_cutoff = min_cutoff
        self._beta = beta
        position = (float, (joints, 2))
        self._rows = np.zeros(0, [("value", *position), ("speed", *position), ("stamp", float)])

    def add(self, count: int) -> None:
        """That many filters more, behind the others, which have seen nothing yet."""
        new = np.zeros(count, self._rows.dtype)
        new["value"] = np.nan
        new["stamp"] = np.nan
        self._rows = np.concatenate([self._rows, new])

    def keep(self, rows: np.ndarray) -> None:
        """Forget all other filters. rows: bool, one per filter."""
        self._rows = self._rows[rows]

    def __call__(
        self, rows: np.ndarray, xy: np.ndarray, stamp: float, sizes: np.ndarray
    ) -> np.ndarray:
        """Filtered copy of xy (N, K, 2) [px] at stamp [s] by the N filters in `rows`; NaN stays.

        sizes: (N,) [px] of the people, which make speeds comparable.
        """
        part = self._rows[rows]
        value = part["value"]
        dt = stamp - part["stamp"]
        later = (dt > 0)[:, None, None]
        dt = np.where(dt > 0, dt, 1)[:, None, None]
        fresh = np.isnan(value)
        now = (xy - value) / dt
        now[np.isnan(now)] = 0
        speed = part["speed"] + later * _alpha(self._SPEED_CUTOFF, dt) * (now - part["speed"])
        rate = np.sqrt((speed**2).sum(-1, keepdims=True))
        cutoff = self._min_cutoff + self._beta * rate / np.maximum(sizes, 1.0)[:, None, None]
        # Equal stamps leave the time between unknown: positions stay as found.
        smooth = value + np.where(later, _alpha(cutoff, dt), 1) * (xy - value)
        part["value"] = np.where(fresh | np.isnan(xy), xy, smooth)
        part["speed"] = np.where(np.isnan(part["value"]), 0, speed)
        part["stamp"] = stamp
        self._rows[rows] = part
        return part["value"].copy()


def _alpha(cutoff: Union[float, np.ndarray], dt: np.ndarray) -> np.ndarray:
    """Share of the new value in a low-pass filter with this cutoff [Hz] after dt [s]."""
    tau = 1 / (2 * np.pi * cutoff)
    return 1 / (1 + tau / dt)

"""Medians of rows that have values of their own number each."""

from __future__ import annotations

import numpy as np


def median_of(values: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """(N, C) medians of (N, P, C) values over those of the P that are counted (N, P).

    Of an even number the mean of the two in the middle; NaN where none is counted. In one sort for
    all rows, of which np.nanmedian makes one each.
    """
    ordered = np.sort(np.where(counted[..., None], values, np.inf), axis=1)
    count = counted.sum(1)
    rows = np.arange(len(values))
    middle = ordered[rows, np.maximum(count - 1, 0) // 2] + ordered[rows, count // 2]
    middle[count == 0] = np.nan
    return middle / 2

"""Many ranges at once."""

from __future__ import annotations

from typing import Tuple

import numpy as np


def segments(starts: np.ndarray, counts: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """The numbers of ranges one after the other: of which range (M,), and the number (M,).

    starts: (R,) first number of each; counts: (R,) how many numbers each has.
    """
    which = np.repeat(np.arange(len(counts)), counts)
    before = starts - (np.cumsum(counts) - counts)
    return which, np.arange(len(which)) + before.take(which)

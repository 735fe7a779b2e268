"""How a picture is turned for display, as phones say it of their videos."""

from __future__ import annotations

import numpy as np


def turned(image: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """An image (H, W, 3) as a display matrix of FFmpeg says that it is shown.

    matrix: (3, 3) of integers, whose rows say where right, down and the origin of the image go, in
    16.16 fixed point. The nearest quarter turn is taken, with its mirror image where it is one; a
    matrix of zeros turns nothing.
    """
    (along, aside), (aslant, down) = np.asarray(matrix, np.int64)[:2, :2]
    if abs(aside) + abs(aslant) > abs(along) + abs(down):
        image = image.transpose(1, 0, 2)
        along, down = aslant, aside
    return np.ascontiguousarray(image[:: -1 if down < 0 else 1, :: -1 if along < 0 else 1])

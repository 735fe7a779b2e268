"""Points along limbs, and what the PAFs say there."""

from __future__ import annotations

from typing import Sequence, Tuple

import numpy as np

POINTS_PER_LIMB = 10
SHARES = np.linspace(0, 1, POINTS_PER_LIMB, dtype=np.float32)  # of the way along a limb


def paf_along(
    pafs: np.ndarray, limb: np.ndarray, x: np.ndarray, y: np.ndarray, dx: np.ndarray, dy: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    """x and y of the PAF (P, M) at the points of each limb, interpolated, edges repeated.

    limb, x, y, dx, dy: (M,) of which limb, where it starts and how far it goes [cells].
    """
    h, w = pafs.shape[1:]
    x = _within(dx, x, w)
    y = _within(dy, y, h)
    column = np.floor(x)
    row = np.floor(y)
    np.minimum(column, max(w - 2, 0), out=column)
    np.minimum(row, max(h - 2, 0), out=row)
    x -= column
    y -= row
    row *= w
    row += column
    place = row.astype(np.intp)
    place += (2 * h * w) * limb
    far = x * y
    near = 1 - x
    near -= y
    near += far
    x -= far
    y -= far
    right = 1 if w > 1 else 0
    down = w if h > 1 else 0
    corners = ((0, near), (right, x), (down, y), (down + right, far))
    return _weighed(pafs, 0, place, corners), _weighed(pafs, h * w, place, corners)


def _within(way: np.ndarray, start: np.ndarray, size: int) -> np.ndarray:
    """(P, M) coordinates of the points of M limbs, moved into a map of this size."""
    points = way * SHARES[:, None]
    points += start
    np.maximum(points, 0, out=points)
    return np.minimum(points, size - 1, out=points)


def _weighed(
    pafs: np.ndarray, first: int, place: np.ndarray, corners: Sequence[Tuple[int, np.ndarray]]
) -> np.ndarray:
    """(P, M) sum of the values at `place` + first + each corner's step, times its weight."""
    flat = pafs.reshape(-1)
    total = np.zeros(place.shape, np.float32)
    for step, weight in corners:
        total += flat[first + step :].take(place) * weight
    return total


def number_true(true: np.ndarray) -> np.ndarray:
    """(M,) how many of (P, M) bools are true, with P below 256. Faster than count_nonzero."""
    return np.add.reduce(true.view(np.uint8), axis=0, dtype=np.uint8)

"""Heatmaps -> joints that may be somebody's: sub-pixel local maxima.

As in heatmaps enlarged with cubic interpolation, of which only the neighbourhoods of peaks are
computed.
"""

from __future__ import annotations

from typing import List, Tuple

import numpy as np

from .segments import segments

UPSAMPLE = 2  # heatmaps are enlarged this often before the peaks are searched; 4 gives no more AP
SUPPRESSION_RADIUS = 1.5  # heatmap cells within which the weaker of two peaks of a joint is dropped
MAX_PEAKS = 200  # per joint; bounds the time that noise can take
# A cell holds no peak where it is less than this share of a neighbour or of the threshold.
COARSE_SHARE = 0.8
_CUBIC = -0.75  # of the interpolation: the same as OpenCV's
# Rows of one matrix product: for more OpenBLAS takes threads, which wait for the network's cores.
_ROWS = 512
MARGIN = 2  # cells around a cell that its patch of the enlarged map is made from


def find_peaks(heatmaps: np.ndarray, threshold: float) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Local maxima of (K, h, w) heatmaps above a threshold, by channel and falling score.

    channel (P,), xy (P, 2) in heatmap px, sub-pixel, and score (P,) in [0, 1].
    """
    maps = _with_margin(heatmaps)
    height, width = maps.shape[1:]
    cells = _candidates(maps, threshold)
    offsets = np.arange(-MARGIN, MARGIN + 1)
    around = (offsets[:, None] * width + offsets).reshape(-1)
    patches = maps.reshape(-1).take(cells[:, None] + around)
    which, xy, score = _maxima(_enlarged(patches), threshold)
    channel, rest = np.divmod(cells[which], height * width)
    y, x = np.divmod(rest, width)
    xy += np.stack([x, y], 1) - float(MARGIN)
    keep = suppress(channel, xy, score, SUPPRESSION_RADIUS)
    return channel[keep], xy[keep], np.clip(score[keep], 0, 1)


def _with_margin(maps: np.ndarray) -> np.ndarray:
    """(K, h + 4, w + 4) the maps with their outermost cells repeated.

    Repeated rows are a little lower, so that a peak on an edge stays one.
    """
    count, height, width = maps.shape
    m = MARGIN
    padded = np.empty((count, height + 2 * m, width + 2 * m), np.float32)
    padded[:, m:-m, m:-m] = maps
    padded[:, m:-m, :m] = maps[:, :, :1]
    padded[:, m:-m, -m:] = maps[:, :, -1:]
    padded[:, :m] = padded[:, m : m + 1] - 1e-3
    padded[:, -m:] = padded[:, -m - 1 : -m] - 1e-3
    return padded


def _candidates(maps: np.ndarray, threshold: float) -> np.ndarray:
    """Indices into the flat maps with margin of the cells that can hold a peak."""
    flat = maps.reshape(-1)
    width = maps.shape[2]
    m = MARGIN
    high = maps > COARSE_SHARE * threshold
    high[:, :m] = high[:, -m:] = False
    high[:, :, :m] = high[:, :, -m:] = False
    cells = np.flatnonzero(high)
    near = np.maximum(flat.take(cells - 1), flat.take(cells + 1))
    np.maximum(near, flat.take(cells - width), out=near)
    np.maximum(near, flat.take(cells + width), out=near)
    return cells[flat.take(cells) >= COARSE_SHARE * near]


def _enlarged(patches: np.ndarray) -> np.ndarray:
    """(F * F, C) enlarged px in and around cells, from the (C, 25) cells around them."""
    fine = np.empty((_ENLARGE.shape[1], len(patches)), np.float32)
    for start in range(0, len(patches), _ROWS):
        rows = slice(start, start + _ROWS)
        fine[:, rows] = (patches[rows] @ _ENLARGE).T
    return fine


def _enlarge() -> np.ndarray:
    """(25, F * F) weights that make the F x F enlarged px in and around a cell from 5 x 5 cells."""
    side = UPSAMPLE + 2  # a cell's own px and one on each side
    places = (np.arange(side) - 1 + 0.5) / UPSAMPLE - 0.5  # of them, from the cell's centre
    first = np.floor(places).astype(int)
    along = np.zeros((side, 2 * MARGIN + 1))
    for row, start, place in zip(along, first, places):
        taps = np.arange(start - 1, start + 3)
        row[taps + MARGIN] = _cubic(np.abs(place - taps))
    return np.kron(along, along).T.astype(np.float32)


def _cubic(distance: np.ndarray) -> np.ndarray:
    """Weights of cubic convolution at distances [cells] below 2."""
    a, d = _CUBIC, distance
    near = (a + 2) * d**3 - (a + 3) * d**2 + 1
    far = a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a
    return np.where(d <= 1, near, far)


_ENLARGE = _enlarge()


def _maxima(fine: np.ndarray, threshold: float) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Maxima among the own px of cells, of (F * F, C) px in and around them.

    Which cell (P,), sub-pixel position from its centre (P, 2) [cells], value (P,). The cells come
    last in memory: a few long loops instead of many short ones.
    """
    side = UPSAMPLE + 2
    count = fine.shape[1]
    image = fine.reshape(side, side, count)
    centre = image[1:-1, 1:-1]
    top = centre > threshold
    top &= centre >= image[1:-1, :-2]
    top &= centre >= image[1:-1, 2:]
    top &= centre >= image[:-2, 1:-1]
    top &= centre >= image[2:, 1:-1]
    which, row, column = np.nonzero(top.transpose(2, 0, 1))
    at = ((row + 1) * side + column + 1) * count + which
    flat = fine.reshape(-1)
    value = flat.take(at)
    x = column + vertex(flat.take(at - count), value, flat.take(at + count))
    y = row + vertex(flat.take(at - side * count), value, flat.take(at + side * count))
    xy = (np.stack([x, y], 1).astype(np.float64) + 0.5) / UPSAMPLE - 0.5
    return which, xy, value.astype(np.float64)


def vertex(before: np.ndarray, centre: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Where the parabola through three neighbours has its maximum, from the middle one."""
    curvature = before - 2 * centre + after
    shift = np.where(curvature < -1e-9, 0.5 * (before - after) / np.minimum(curvature, -1e-9), 0)
    return np.minimum(np.maximum(shift, -0.5), 0.5)


def suppress(channel: np.ndarray, xy: np.ndarray, score: np.ndarray, radius: float) -> np.ndarray:
    """Indices of the peaks that have no stronger peak of their channel within radius.

    By channel and falling score.
    """
    order = np.lexsort((-score, channel))
    channel = channel[order]
    rank = np.arange(len(order)) - np.searchsorted(channel, channel)
    order = order[rank < MAX_PEAKS]
    alive = [True] * len(order)
    for stronger, weaker in _near(channel[rank < MAX_PEAKS], xy.take(order, 0), radius):
        alive[weaker] &= not alive[stronger]
    return order[np.array(alive, bool)]


def _near(channel: np.ndarray, xy: np.ndarray, radius: float) -> List[Tuple[int, int]]:
    """Pairs (i, j), i < j, of the peaks of one channel that are within radius, in this order."""
    x, y = np.ascontiguousarray(xy.T)
    if len(x):
        x += channel * (np.ptp(x) + 2 * radius)
    order = np.argsort(x)
    x = x[order]
    # Each is compared with those that follow it along x while they are within the radius.
    after = np.arange(1, len(x) + 1)
    one, other = segments(after, np.searchsorted(x, x + 1.001 * radius) - after)
    dx = x.take(other) - x.take(one)
    one, other = order.take(one), order.take(other)
    dy = y.take(other) - y.take(one)
    near = np.flatnonzero(dx * dx + dy * dy <= radius**2)
    stronger = np.minimum(one, other)[near]
    weaker = np.maximum(one, other)[near]
    return sorted(zip(stronger.tolist(), weaker.tolist()))

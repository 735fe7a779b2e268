"""Heatmaps -> joints that may be somebody's: sub-pixel local maxima.

With OpenCV's resize and dilate.
"""

from __future__ import annotations

from typing import Tuple

import cv2
import numpy as np
from scipy.spatial import cKDTree

UPSAMPLE = 2  # heatmaps are enlarged this often before the peaks are searched; 4 gives no more AP
SUPPRESSION_RADIUS = 1.5  # heatmap cells within which the weaker of two peaks of a joint is dropped
MAX_PEAKS = 200  # per joint; bounds the time that noise can take
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
# Cells that cubic interpolation looks at, so that the joints' maps do not reach into each other.
_MARGIN = 2


def find_peaks(
    heatmaps: np.ndarray, threshold: float, upsample: int = UPSAMPLE
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Local maxima of (K, h, w) heatmaps above a threshold, by channel and falling score.

    channel (P,), xy (P, 2) in heatmap px, sub-pixel, and score (P,) in [0, 1].
    """
    joints = np.flatnonzero(heatmaps.reshape(len(heatmaps), -1).max(1) > threshold)
    if not len(joints):
        return np.zeros(0, int), np.zeros((0, 2)), np.zeros(0)
    x0, y0, maps = _above(heatmaps[joints], threshold)
    height = maps.shape[1] * upsample
    # The maps of all joints in one tall picture: three calls of OpenCV instead of three per joint.
    # The picture has no name, because the time of the next steps grows by a tenth while it is kept.
    fine = cv2.resize(
        maps.reshape(-1, maps.shape[2]),
        None,
        fx=upsample,
        fy=upsample,
        interpolation=cv2.INTER_CUBIC,
    )
    peaks = np.flatnonzero((fine >= cv2.dilate(fine, _CROSS)) & (fine > threshold))
    ys, xs = np.divmod(peaks, fine.shape[1])
    channel, row = np.divmod(ys, height)
    inside = (row >= _MARGIN * upsample) & (row < height - _MARGIN * upsample)
    channel = channel[inside]
    xy, score = _refine(fine, xs[inside], ys[inside])
    keep = _suppress(channel, xy, score, SUPPRESSION_RADIUS * upsample)
    xy[:, 1] -= channel * height
    cells = (xy[keep] + 0.5) / upsample - 0.5 + (x0, y0)
    return joints[channel[keep]], cells, np.clip(score[keep], 0, 1)


def _above(maps, threshold) -> Tuple[int, int, np.ndarray]:
    """The part of the maps that can hold peaks, with a margin: x, y of its corner, and its values.

    Above and below the maps their outermost row is repeated, a little lower, so that a peak on an
    edge stays one.
    """
    height, width = maps.shape[1:]
    high = (maps > 0.5 * threshold).any(0)
    rows = np.flatnonzero(high.any(1))
    columns = np.flatnonzero(high.any(0))
    x0 = max(0, columns[0] - _MARGIN)
    x1 = columns[-1] + _MARGIN + 1
    ys = np.arange(rows[0] - _MARGIN, rows[-1] + _MARGIN + 1)
    part = maps[:, np.clip(ys, 0, height - 1), x0:x1]
    part[:, (ys < 0) | (ys >= height)] -= 1e-3
    return x0, ys[0], part


def _refine(fine, xs, ys) -> Tuple[np.ndarray, np.ndarray]:
    """Sub-pixel positions (P, 2) of maxima, and their values (P,)."""
    h, w = fine.shape
    centre = fine[ys, xs]
    left = fine[ys, np.maximum(xs - 1, 0)]
    right = fine[ys, np.minimum(xs + 1, w - 1)]
    above = fine[np.maximum(ys - 1, 0), xs]
    below = fine[np.minimum(ys + 1, h - 1), xs]
    x = xs + _vertex(left, centre, right)
    y = ys + _vertex(above, centre, below)
    return np.stack([x, y], 1).astype(np.float64), centre.astype(np.float64)


def _vertex(before, centre, after) -> np.ndarray:
    """Where the parabola through three neighbours has its maximum, from the middle one."""
    curvature = before - 2 * centre + after
    shift = np.where(curvature < -1e-9, 0.5 * (before - after) / np.minimum(curvature, -1e-9), 0)
    return np.clip(shift, -0.5, 0.5)


def _suppress(channel, xy, score, radius) -> np.ndarray:
    """Indices of the peaks that have no stronger peak of their channel within radius.

    By channel and falling score. xy: of which no two channels are within radius of each other.
    """
    order = np.lexsort((-score, channel))
    rank = np.arange(len(order)) - np.searchsorted(channel[order], channel[order])
    order = order[rank < MAX_PEAKS]
    alive = np.ones(len(order), bool)
    if len(order) > 1:
        near = cKDTree(xy[order]).query_pairs(radius, output_type="ndarray")
        for stronger, weaker in sorted(map(tuple, near.tolist())):
            alive[weaker] &= not alive[stronger]
    return order[alive]

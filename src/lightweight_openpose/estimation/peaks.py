"""Heatmaps -> joints that may be somebody's: sub-pixel local maxima, with OpenCV's resize and dilate."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.spatial import cKDTree

UPSAMPLE = 2  # heatmaps are enlarged this often before the peaks are searched; 4 gives no more AP
SUPPRESSION_RADIUS = 1.5  # heatmap cells within which the weaker of two peaks of a joint is dropped
MAX_PEAKS = 200  # per joint; bounds the time that noise can take
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_MARGIN = 2  # cells that cubic interpolation looks at, so that the joints' maps do not reach into each other


def find_peaks(heatmaps: np.ndarray, threshold: float, upsample: int = UPSAMPLE):
    """Local maxima of (K, h, w) heatmaps: (channel (P,), xy (P, 2) in heatmap px, sub-pixel, score (P,)) sorted by
    channel and falling score.
    """
    joints = np.flatnonzero(heatmaps.reshape(len(heatmaps), -1).max(1) > threshold)
    if not len(joints):
        return np.zeros(0, int), np.zeros((0, 2)), np.zeros(0)
    x0, y0, maps = _above(heatmaps[joints], threshold)
    height = maps.shape[1] * upsample
    # The maps of all joints in one tall picture: three calls of OpenCV instead of three per joint.
    fine = cv2.resize(
        maps.reshape(-1, maps.shape[2]),
        None,
        fx=upsample,
        fy=upsample,
        interpolation=cv2.INTER_CUBIC,
    )
    ys, xs = np.divmod(
        np.flatnonzero((fine >= cv2.dilate(fine, _CROSS)) & (fine > threshold)), fine.shape[1]
    )
    channel, row = np.divmod(ys, height)
    inside = (row >= _MARGIN * upsample) & (row < height - _MARGIN * upsample)
    ys, xs, channel = ys[inside], xs[inside], channel[inside]
    xy, score = _refine(fine, xs, ys)
    keep = _suppress(channel, xy, score, SUPPRESSION_RADIUS * upsample)
    xy[:, 1] -= channel * height
    return (
        joints[channel[keep]],
        (xy[keep] + 0.5) / upsample - 0.5 + (x0, y0),
        np.clip(score[keep], 0, 1),
    )


def _above(maps, threshold):
    """Top-left corner and contents of the part of the maps that can hold peaks, with a margin around it.

    Above and below the maps their outermost row is repeated, a little lower, so that a peak on an edge stays one.
    """
    height, width = maps.shape[1:]
    high = (maps > 0.5 * threshold).any(0)
    rows, columns = np.flatnonzero(high.any(1)), np.flatnonzero(high.any(0))
    x0, x1 = max(0, columns[0] - _MARGIN), columns[-1] + _MARGIN + 1
    ys = np.arange(rows[0] - _MARGIN, rows[-1] + _MARGIN + 1)
    part = maps[:, np.clip(ys, 0, height - 1), x0:x1]
    part[:, (ys < 0) | (ys >= height)] -= 1e-3
    return x0, ys[0], part


def _refine(fine, xs, ys):
    """Sub-pixel position of maxima by a parabola through the neighbours on each axis, and their values."""
    h, w = fine.shape
    centre = fine[ys, xs]

    def offset(before, after):
        curvature = before - 2 * centre + after
        shift = np.where(
            curvature < -1e-9, 0.5 * (before - after) / np.minimum(curvature, -1e-9), 0
        )
        return np.clip(shift, -0.5, 0.5)

    dx = offset(fine[ys, np.maximum(xs - 1, 0)], fine[ys, np.minimum(xs + 1, w - 1)])
    dy = offset(fine[np.maximum(ys - 1, 0), xs], fine[np.minimum(ys + 1, h - 1), xs])
    return np.stack([xs + dx, ys + dy], 1).astype(np.float64), centre.astype(np.float64)


def _suppress(channel, xy, score, radius):
    """Indices of the peaks that have no stronger peak of their channel within radius, by channel and falling score.

    xy: of which no two channels are within radius of each other.
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

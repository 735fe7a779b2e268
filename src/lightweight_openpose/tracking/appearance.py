"""Colours of clothes, by which the tracker tells people apart who cross each other."""

from __future__ import annotations

from typing import Tuple

import cv2
import numpy as np

from lightweight_openpose.poses import Skeleton

POINTS_PER_SEGMENT = 8
# Shares of the way along a segment; the joints themselves often lie on the background.
_SHARES = np.linspace(0.15, 0.85, POINTS_PER_SEGMENT)
_JACKET = (
    ("neck", "right_hip"),
    ("neck", "left_hip"),
    ("right_shoulder", "right_hip"),
    ("left_shoulder", "left_hip"),
    ("right_shoulder", "left_shoulder"),
)
_TROUSERS = (
    ("right_hip", "right_knee"),
    ("right_knee", "right_ankle"),
    ("left_hip", "left_knee"),
    ("left_knee", "left_ankle"),
)


def color_regions(skeleton: Skeleton) -> Tuple[np.ndarray, ...]:
    """Segments (S, 2) of joint indices per region.

    Jacket and trousers of a person; all limbs of another object.
    """
    names = {name: i for i, name in enumerate(skeleton.keypoints)}
    if all(name in names for segment in _JACKET + _TROUSERS for name in segment):
        return tuple(
            np.array([[names[a], names[b]] for a, b in region]) for region in (_JACKET, _TROUSERS)
        )
    return (np.asarray(skeleton.limbs),)


def region_colors(
    image: np.ndarray, joints: np.ndarray, regions: Tuple[np.ndarray, ...]
) -> np.ndarray:
    """(N, R, 3) median CIE Lab colours (L in 0..100) of the R regions of N people.

    image: BGR (H, W, 3) uint8; joints: (N, K, 2) in its px. A region of which no segment has both
    joints inside it is NaN.
    """
    if not len(joints):
        return np.zeros((0, len(regions), 3))
    x, y = _points(joints, np.concatenate(regions))
    height, width = image.shape[:2]
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    lab = _lab(image, np.where(inside, x, 0), np.where(inside, y, 0))
    lab[~inside] = np.inf
    medians = []
    first = 0
    for segments in regions:
        part = slice(first, first + POINTS_PER_SEGMENT * len(segments))
        medians.append(_median(lab[:, part], inside[:, part]))
        first = part.stop
    return np.stack(medians, axis=1)


def _points(xy: np.ndarray, segments: np.ndarray) -> np.ndarray:
    """(2, N, P) x and y [px] of the points on the segments; NaN where a joint is missing."""
    coordinates = np.ascontiguousarray(xy.transpose(2, 0, 1))
    first, second = (coordinates.take(ends, axis=2)[..., None] for ends in segments.T)
    return (first * (1 - _SHARES) + second * _SHARES).reshape(2, len(xy), -1)


def _lab(image: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(N, P, 3) CIE Lab colours of a BGR image at x, y (N, P) [px]."""
    bgr = image[y.round().astype(int), x.round().astype(int)].astype(np.float32) / 255
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2Lab)


def _median(lab: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """(N, 3) median colours of (N, P, 3), infinite where not inside (N, P): NaN where none is.

    A median passes over a strap or a passing arm.
    """
    middle = (inside.sum(1) - 1) // 2
    median = np.sort(lab, axis=1)[np.arange(len(lab)), middle].astype(float)
    median[~inside.any(1)] = np.nan
    return median

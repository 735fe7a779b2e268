"""Colours of clothes, by which the tracker tells people apart who cross each other."""

from __future__ import annotations

from typing import Tuple

import cv2
import numpy as np

from lightweight_openpose.poses.skeleton import Skeleton

POINTS_PER_SEGMENT = 8
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
    return np.stack([_median_lab(image, _points(joints, segments)) for segments in regions], axis=1)


def _points(xy, segments) -> np.ndarray:
    """(N, P, 2) points [px] on the segments; NaN where a joint is missing."""
    # The joints themselves often lie on the background.
    t = np.linspace(0.15, 0.85, POINTS_PER_SEGMENT)[:, None]
    points = xy[:, segments[:, :1]] * (1 - t) + xy[:, segments[:, 1:]] * t
    return points.reshape(len(xy), -1, 2)


def _median_lab(image, points) -> np.ndarray:
    """(N, 3) median colours at (N, P, 2) points. A median passes over a strap or a passing arm."""
    height, width = image.shape[:2]
    inside = ((points >= 0) & (points <= (width - 1, height - 1))).all(-1)
    cells = np.where(inside[..., None], points, 0).round().astype(int)
    bgr = image[cells[..., 1], cells[..., 0]].astype(np.float32) / 255
    lab = cv2.cvtColor(bgr, cv2.COLOR_BGR2Lab)
    lab[~inside] = np.inf
    middle = (inside.sum(1) - 1) // 2
    median = np.sort(lab, axis=1)[np.arange(len(points)), middle].astype(float)
    median[~inside.any(1)] = np.nan
    return median

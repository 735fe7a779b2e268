"""Object keypoint similarity, as in the COCO evaluation."""

from __future__ import annotations

from typing import Optional

import numpy as np


def oks(a: np.ndarray, b: np.ndarray, sigmas: np.ndarray, area: Optional[float] = None) -> float:
    """Similarity in [0, 1] of two (K, 3) keypoint sets over the joints that both have.

    The mean of exp(-d^2 / (2 s^2 (2 sigma)^2)); 0 when they have no joint in common. area: s^2
    [px^2], by default that of the larger of the two boxes.
    """
    if area is None:
        area = max(box_area(a), box_area(b))
    return float(oks_table(a[None], b[None], sigmas, np.array([[area]]))[0, 0])


def oks_table(a: np.ndarray, b: np.ndarray, sigmas: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """(N, M) similarities of (N, K, 3) and (M, K, 3) keypoint sets.

    sigmas: (K,) or (N, M, K); areas: (N, M) [px^2].
    """
    common = (a[:, None, :, 2] > 0) & (b[None, :, :, 2] > 0)
    distance2 = ((a[:, None, :, :2] - b[None, :, :, :2]) ** 2).sum(-1)
    likeness = np.exp(-distance2 / (2 * areas[..., None] * (2 * sigmas) ** 2))
    return np.where(common, likeness, 0).sum(-1) / np.maximum(common.sum(-1), 1)


def box_area(keypoints: np.ndarray) -> float:
    """Area [px^2], at least 1, of the box around the joints found of (K, 3) keypoints.

    A body seen edge-on still has a width.
    """
    found = keypoints[:, 2] > 0
    if not found.any():
        return 1.0
    xy = keypoints[found, :2]
    width, height = xy.max(0) - xy.min(0)
    return max(1.0, float(max(width, 0.3 * height) * max(height, 0.3 * width)))

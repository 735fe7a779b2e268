"""Object keypoint similarity, as in the COCO evaluation."""

from __future__ import annotations

from typing import Optional, Tuple

import numpy as np


def oks(a: np.ndarray, b: np.ndarray, sigmas: np.ndarray, area: Optional[float] = None) -> float:
    """Similarity in [0, 1] of two (K, 3) keypoint sets over the joints that both have.

    The mean of exp(-d^2 / (2 s^2 (2 sigma)^2)); 0 when they have no joint in common. area: s^2
    [px^2], by default that of the larger of the two boxes.
    """
    if area is None:
        area = max(box_area(a), box_area(b))
    return float(oks_matrix(a[None], b[None], sigmas, np.array([[area]]))[0, 0])


def oks_matrix(a: np.ndarray, b: np.ndarray, sigmas: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """(N, M) similarities of (N, K, 3) and (M, K, 3) keypoint sets.

    sigmas: (K,); areas: (N, M) [px^2].
    """
    ax, ay, a_found = _in_sigmas(a, sigmas)
    bx, by, b_found = _in_sigmas(b, sigmas)
    # (K, N, M): with the joints in front each step is a few long loops, not many short ones.
    similarity = (ax[:, :, None] - bx[:, None]) ** 2
    similarity += (ay[:, :, None] - by[:, None]) ** 2
    similarity *= (-1 / areas).astype(np.float32)
    np.exp(similarity, out=similarity)
    similarity *= a_found[:, :, None]
    similarity *= b_found[:, None]
    return similarity.sum(0) / np.maximum(a_found.T @ b_found, 1)


def _in_sigmas(
    keypoints: np.ndarray, sigmas: np.ndarray
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(K, N) float32 x and y in units of the joints' tolerance, and 1 where found; 0 where not."""
    found = keypoints[:, :, 2] > 0
    xy = np.where(found[..., None], keypoints[:, :, :2], 0) / (np.sqrt(8) * sigmas)[:, None]
    x, y = np.ascontiguousarray(xy.T, np.float32)
    return x, y, found.T.astype(np.float32)


def box_area(keypoints: np.ndarray) -> float:
    """Area [px^2], at least 1, of the box around the joints found of (K, 3) keypoints.

    A body seen edge-on still has a width.
    """
    return float(box_areas(keypoints[None])[0])


def box_areas(keypoints: np.ndarray) -> np.ndarray:
    """(N,) areas as of box_area, of (N, K, 3) keypoints."""
    low, high = extents(keypoints)
    width, height = np.maximum(high - low, 0).astype(float)
    area = np.maximum(width, 0.3 * height) * np.maximum(height, 0.3 * width)
    return np.maximum(area, 1.0)


def extents(keypoints: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Lowest and highest x and y [px], (2, N) each, of the joints found of (N, K, 3) keypoints.

    Infinite, and negative infinite, where none is found.
    """
    # (2, K, N): a few long loops instead of many short ones.
    x_and_y = np.ascontiguousarray(keypoints[:, :, :2].transpose(2, 1, 0))
    found = keypoints[:, :, 2].T > 0
    low = np.where(found, x_and_y, np.inf).min(1)
    return low, np.where(found, x_and_y, -np.inf).max(1)

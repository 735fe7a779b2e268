"""A pinhole camera: pixels to rays and back."""
from __future__ import annotations

import cv2
import numpy as np


def camera_matrix(width: int, height: int, horizontal_fov: float) -> np.ndarray:
    """(3, 3) intrinsics of an ideal camera with this horizontal field of view [rad] and centred principal point."""
    f = width / 2 / np.tan(horizontal_fov / 2)
    return np.array([[f, 0, (width - 1) / 2], [0, f, (height - 1) / 2], [0, 0, 1]])


def rays(xy: np.ndarray, matrix: np.ndarray, distortion=None) -> np.ndarray:
    """(N, 2) pixels -> (N, 2) x/z and y/z in the optical frame (NaN stays NaN)."""
    result = np.full((len(xy), 2), np.nan)
    found = np.isfinite(xy).all(1)
    if found.any():
        pixels = np.asarray(xy[found], np.float64).reshape(-1, 1, 2)
        result[found] = cv2.undistortPoints(pixels, np.asarray(matrix, float), distortion).reshape(-1, 2)
    return result

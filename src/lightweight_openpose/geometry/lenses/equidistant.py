"""A fisheye by OpenCV's model: ROS's equidistant."""

from __future__ import annotations

from functools import lru_cache
from typing import Sequence, Tuple

import cv2
import numpy as np

from .lens import NEWTON_STEPS, STEEPEST, TOLERATED, Lens, first_zero, register


class Equidistant(Lens):
    """Coefficients k1 to k4.

    A ray at the angle t from the axis lies at t (1 + k1 t^2 + k2 t^4 + k3 t^6 + k4 t^8) focal
    lengths from the centre (Kannala and Brandt 2006).
    """

    names = ("equidistant",)
    aliases = ("fisheye",)
    counts = (4,)
    certain = 4
    calibrated_as = " as camera type fisheye"
    widest = 360.0

    def rays(self, pixels: np.ndarray, matrix: np.ndarray, distortion: np.ndarray) -> np.ndarray:
        """By Newton's method.

        `cv2.fisheye.undistortPoints` takes no pixel for more than 90 degrees of image angle, and
        marks no pixel for which it found nothing.
        """
        offset = (pixels - matrix[:2, 2]) / np.diag(matrix)[:2]
        radius = np.linalg.norm(offset, axis=1)
        angle, excess = _angles(radius, [float(k) for k in np.ravel(distortion)])
        angle[~(np.abs(excess) * matrix[0, 0] < TOLERATED)] = np.nan
        return offset * (np.tan(angle) / np.maximum(radius, 1e-12))[:, None]

    def project(self, points: np.ndarray, matrix: np.ndarray, distortion: np.ndarray) -> np.ndarray:
        """By OpenCV."""
        no_turn = np.zeros(3)
        points = points.reshape(-1, 1, 3)
        pixels = cv2.fisheye.projectPoints(points, no_turn, no_turn, matrix, distortion)[0]
        return pixels.reshape(-1, 2)

    def opening_angle(self, size: float) -> float:
        """[deg]."""
        return float(np.degrees(size))


def _angles(radius: np.ndarray, k: Sequence[float]) -> Tuple[np.ndarray, np.ndarray]:
    """(N,) angles from the axis [rad] by Newton's method, and how far too far out they lie."""
    k1, k2, k3, k4 = k
    widest = _widest_angle(k1, k2, k3, k4)
    angle = np.minimum(radius, widest)
    for _ in range(NEWTON_STEPS):
        square = angle**2
        bent = angle * (1 + square * (k1 + square * (k2 + square * (k3 + square * k4))))
        excess = bent - radius
        growth = 1 + square * (3 * k1 + square * (5 * k2 + square * (7 * k3 + square * 9 * k4)))
        step = np.clip(angle - excess / np.maximum(growth, 1e-3), 0, widest) - angle
        if not (np.abs(step) > 1e-12).any():
            break
        angle = angle + step
    return angle, excess


@lru_cache(maxsize=64)
def _widest_angle(k1: float, k2: float, k3: float, k4: float) -> float:
    """Angle [rad] up to which the image grows with it, and in front of the camera."""
    growth = np.poly1d([9 * k4, 7 * k3, 5 * k2, 3 * k1, 1])  # by the square of the angle
    return min(np.arctan(STEEPEST), float(np.sqrt(first_zero(growth.roots))))


EQUIDISTANT = register(Equidistant())

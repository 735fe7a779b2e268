"""A pinhole with distortion, by OpenCV's polynomials: ROS's plumb_bob and rational_polynomial."""

from __future__ import annotations

from functools import lru_cache
from typing import Tuple

import cv2
import numpy as np

from .lens import NEWTON_STEPS, STEEPEST, TOLERATED, Lens, first_zero, register

_CRITERIA = (cv2.TERM_CRITERIA_COUNT + cv2.TERM_CRITERIA_EPS, 200, 1e-4)  # iterations, px
_NO_TURN = np.zeros(3)


class Pinhole(Lens):
    """Coefficients k1, k2, p1, p2 and, where there are some, k3, k4, k5, k6, s1 to s4, tx, ty."""

    names = ("plumb_bob", "rational_polynomial")
    aliases = ("", "none", "radtan")
    counts = (4, 5, 8, 12, 14)
    certain = 2  # of three the third may be of the radius or of a tangent
    by_opencv = True

    def rays(self, pixels: np.ndarray, matrix: np.ndarray, distortion: np.ndarray) -> np.ndarray:
        """As OpenCV's undistortion, and to the end of the iteration.

        `cv2.undistortPoints` stops after five iterations, which at the edge of an ordinary lens
        leaves centimetres at 3 m, and marks no pixel for which it found nothing.
        """
        straight = (pixels - matrix[:2, 2]) / np.diag(matrix)[:2]
        if not np.any(distortion):
            return straight
        turning = _turning_radius(tuple(np.ravel(distortion)[:8]))
        rays = _iterated(pixels, matrix, distortion)
        missed = _miss(rays, pixels, matrix, distortion, turning)
        if missed.any():  # the iteration swings where the lens bends much
            rays[missed] = _by_newton(straight[missed], pixels[missed], matrix, distortion, turning)
            rays[_miss(rays, pixels, matrix, distortion, turning)] = np.nan
        return rays

    def project(self, points: np.ndarray, matrix: np.ndarray, distortion: np.ndarray) -> np.ndarray:
        """By OpenCV."""
        return cv2.projectPoints(points, _NO_TURN, _NO_TURN, matrix, distortion)[0].reshape(-1, 2)


def _iterated(pixels: np.ndarray, matrix: np.ndarray, distortion: np.ndarray) -> np.ndarray:
    pixels = pixels.reshape(-1, 1, 2)
    if hasattr(cv2, "undistortPointsIter"):  # OpenCV 4
        rays = cv2.undistortPointsIter(pixels, matrix, distortion, None, None, _CRITERIA)
    else:
        rays = cv2.undistortPoints(pixels, matrix, distortion, criteria=_CRITERIA)
    return rays.reshape(-1, 2)


def _by_newton(
    straight: np.ndarray,
    pixels: np.ndarray,
    matrix: np.ndarray,
    distortion: np.ndarray,
    turning: float,
) -> np.ndarray:
    """Rays by Newton's method, from the straight ones or, where those are too far out, inside."""
    radius = np.maximum(np.linalg.norm(straight, axis=1), 1e-9)
    rays = straight * np.minimum(1, 0.9 * turning / radius)[:, None]
    with np.errstate(all="ignore"):  # of what ends nowhere
        for _ in range(NEWTON_STEPS):
            projected, (xx, xy, yx, yy) = _projected(rays, matrix, distortion)
            u, v = (pixels - projected).T
            step = np.stack([yy * u - xy * v, xx * v - yx * u], axis=-1)
            rays = np.clip(rays + step / (xx * yy - xy * yx)[:, None], -STEEPEST, STEEPEST)
    return rays


def _projected(
    rays: np.ndarray, matrix: np.ndarray, distortion: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    """(N, 2) pixels of rays, and the four derivatives (N,) of u and v by x and y."""
    points = np.column_stack([rays, np.ones(len(rays))])
    pixels, jacobian = cv2.projectPoints(points, _NO_TURN, _NO_TURN, matrix, distortion)
    return pixels.reshape(-1, 2), jacobian[:, 3:5].reshape(-1, 4).T


def _miss(
    rays: np.ndarray, pixels: np.ndarray, matrix: np.ndarray, distortion: np.ndarray, turning: float
) -> np.ndarray:
    """(N,) where a ray does not lead to its pixel, or only beyond where the lens turns back."""
    points = np.column_stack([rays, np.ones(len(rays))])
    with np.errstate(all="ignore"):
        back = cv2.projectPoints(points, _NO_TURN, _NO_TURN, matrix, distortion)[0].reshape(-1, 2)
        close = (np.abs(back - pixels) < TOLERATED).all(1)
        return ~(close & (np.linalg.norm(rays, axis=1) <= turning))


@lru_cache(maxsize=64)
def _turning_radius(coefficients: Tuple[float, ...]) -> float:
    """Distance from the axis [x/z] up to which the image grows with it; infinite without a bound.

    Beyond it the polynomials of the calibration have run away, and each pixel has a second ray.
    coefficients: k1, k2, p1, p2 and, where there are some, k3, k4, k5, k6.
    """
    k1, k2, _, _, k3, k4, k5, k6 = (*coefficients, 0, 0, 0, 0)[:8]
    square = np.poly1d([1, 0])  # of the distance; it becomes distance * above / below
    above, below = np.poly1d([k3, k2, k1, 1]), np.poly1d([k6, k5, k4, 1])
    growth = above * below + 2 * square * (above.deriv() * below - above * below.deriv())
    return float(np.sqrt(first_zero(np.concatenate([growth.roots, below.roots]))))


PINHOLE = register(Pinhole())

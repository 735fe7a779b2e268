"""Pixels seen through a lens to rays; NaN where no ray of the lens leads to the pixel.

OpenCV's own functions are not enough. `cv2.undistortPoints` stops after five iterations, which at
the edge of an ordinary lens leaves centimetres at 3 m. `cv2.fisheye.undistortPoints` takes no pixel
for more than 90 degrees of image angle. Neither marks a pixel for which it found nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Tuple

import cv2
import numpy as np

STEEPEST = 50.0  # x/z or y/z; a ray of more (89 degrees) has no place in the optical frame

_CRITERIA = (cv2.TERM_CRITERIA_COUNT + cv2.TERM_CRITERIA_EPS, 200, 1e-4)  # iterations, px
_TOLERATED = 0.05  # px between a pixel and the projection of its ray
_NEWTON_STEPS = 20
_NO_TURN = np.zeros(3)


def pinhole_rays(pixels: np.ndarray, matrix: np.ndarray, distortion: np.ndarray) -> np.ndarray:
    """(N, 2) finite pixels -> (N, 2) x/z and y/z by OpenCV's model of a pinhole with distortion.

    matrix: (3, 3) [px]; distortion: 4, 5, 8, 12 or 14 coefficients.
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


def _iterated(pixels, matrix, distortion):
    pixels = pixels.reshape(-1, 1, 2)
    if hasattr(cv2, "undistortPointsIter"):  # OpenCV 4
        rays = cv2.undistortPointsIter(pixels, matrix, distortion, None, None, _CRITERIA)
    else:
        rays = cv2.undistortPoints(pixels, matrix, distortion, criteria=_CRITERIA)
    return rays.reshape(-1, 2)


def _by_newton(straight, pixels, matrix, distortion, turning):
    """Rays by Newton's method, from the straight ones or, where those are too far out, inside."""
    radius = np.maximum(np.linalg.norm(straight, axis=1), 1e-9)
    rays = straight * np.minimum(1, 0.9 * turning / radius)[:, None]
    with np.errstate(all="ignore"):  # of what ends nowhere
        for _ in range(_NEWTON_STEPS):
            projected, (xx, xy, yx, yy) = _projected(rays, matrix, distortion)
            u, v = (pixels - projected).T
            step = np.stack([yy * u - xy * v, xx * v - yx * u], axis=-1)
            rays = np.clip(rays + step / (xx * yy - xy * yx)[:, None], -STEEPEST, STEEPEST)
    return rays


def _projected(rays, matrix, distortion):
    """(N, 2) pixels of rays, and the four derivatives (N,) of u and v by x and y."""
    points = np.column_stack([rays, np.ones(len(rays))])
    pixels, jacobian = cv2.projectPoints(points, _NO_TURN, _NO_TURN, matrix, distortion)
    return pixels.reshape(-1, 2), jacobian[:, 3:5].reshape(-1, 4).T


def _miss(rays, pixels, matrix, distortion, turning):
    """(N,) where a ray does not lead to its pixel, or only beyond where the lens turns back."""
    points = np.column_stack([rays, np.ones(len(rays))])
    with np.errstate(all="ignore"):
        back = cv2.projectPoints(points, _NO_TURN, _NO_TURN, matrix, distortion)[0].reshape(-1, 2)
        close = (np.abs(back - pixels) < _TOLERATED).all(1)
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
    return float(np.sqrt(_first_zero(np.concatenate([growth.roots, below.roots]))))


def _first_zero(roots) -> float:
    """The least positive real root, infinity where there is none."""
    real = roots[np.abs(roots.imag) < 1e-9].real
    return min(real[real > 0], default=np.inf)


def fisheye_rays(pixels: np.ndarray, matrix: np.ndarray, distortion: np.ndarray) -> np.ndarray:
    """(N, 2) finite pixels -> (N, 2) x/z and y/z by OpenCV's model of a fisheye.

    A ray at the angle t from the axis lies at t (1 + k1 t^2 + k2 t^4 + k3 t^6 + k4 t^8) focal
    lengths from the centre (Kannala and Brandt 2006). matrix: (3, 3) [px]; distortion: k1 to k4.
    """
    offset = (pixels - matrix[:2, 2]) / np.diag(matrix)[:2]
    radius = np.linalg.norm(offset, axis=1)
    angle, excess = _angles(radius, [float(k) for k in np.ravel(distortion)])
    angle[~(np.abs(excess) * matrix[0, 0] < _TOLERATED)] = np.nan
    return offset * (np.tan(angle) / np.maximum(radius, 1e-12))[:, None]


def _angles(radius, k):
    """(N,) angles from the axis [rad] by Newton's method, and how far too far out they lie."""
    k1, k2, k3, k4 = k
    widest = _widest_angle(k1, k2, k3, k4)
    angle = np.minimum(radius, widest)
    for _ in range(_NEWTON_STEPS):
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
def _widest_angle(k1, k2, k3, k4) -> float:
    """Angle [rad] up to which the image grows with it, and in front of the camera."""
    growth = np.poly1d([9 * k4, 7 * k3, 5 * k2, 3 * k1, 1])  # by the square of the angle
    return min(np.arctan(STEEPEST), float(np.sqrt(_first_zero(growth.roots))))

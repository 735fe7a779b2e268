"""Position and rotation of points in one image whose errors differ, and how sure they are."""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

import cv2
import numpy as np

from .camera import Camera
from .orientation import angle_axes
from .pnp import PnpSolution

_STEPS = 12
_SETTLED = 1e-4  # of the cost, by which a step must lower it
_HUBER = 1.5  # standard deviations, beyond which a residual counts less


class Weighed(NamedTuple):
    """A solution with its covariance."""

    solution: PnpSolution
    covariance: np.ndarray  # (3, 3) [rad^2] of a small turn about the axes of the optical frame
    cost: float  # sum of the squared residuals in standard deviations, Huber's beyond _HUBER


def refine_weighted(
    image: np.ndarray, model: np.ndarray, camera: Camera, start: PnpSolution, sigmas: np.ndarray
) -> Optional[Weighed]:
    """Levenberg-Marquardt from a start on residuals in standard deviations; None where it fails.

    image: (N, 2) [px]; model: (N, 3) [m]; sigmas: (N,) [px] standard deviations along an axis.
    Large residuals count less (Huber, "Robust Estimation of a Location Parameter", 1964).
    """
    seen, distortion = camera.for_opencv(image)
    if not np.isfinite(seen).all():
        return None
    matrix = np.asarray(camera.matrix, float)
    weights = np.repeat(1 / np.asarray(sigmas, float), 2)

    def linear(
        rotation: np.ndarray, translation: np.ndarray
    ) -> Tuple[np.ndarray, np.ndarray, float]:
        """(residuals, Jacobian by a turn and a shift, cost), each in standard deviations."""
        turned = model @ rotation.T
        points, by = cv2.projectPoints(turned, np.zeros(3), translation, matrix, distortion)
        left = (seen - points.reshape(-1, 2)).ravel() * weights
        size = np.sqrt((left.reshape(-1, 2) ** 2).sum(1))
        trust = np.repeat(np.minimum(1, _HUBER / np.maximum(size, 1e-9)), 2)
        cost = np.where(size < _HUBER, size**2, 2 * _HUBER * size - _HUBER**2).sum()
        root = np.sqrt(trust)
        return left * root, by[:, :6] * (weights * root)[:, None], float(cost)

    rotation, translation = start.rotation, np.array(start.translation, float)
    left, by, cost = linear(rotation, translation)
    damping = 1e-3
    for _ in range(_STEPS):
        normal = by.T @ by
        try:
            step = np.linalg.solve(normal + damping * np.diag(np.diag(normal) + 1e-12), by.T @ left)
        except np.linalg.LinAlgError:
            return None
        turned = cv2.Rodrigues(step[:3])[0] @ rotation
        moved = translation + step[3:]
        tried = linear(turned, moved) if moved[2] > 0 else None
        if tried is None or not tried[2] < cost:
            damping *= 10
            continue
        settled = cost - tried[2] < _SETTLED * cost
        rotation, translation = turned, moved
        left, by, cost = tried
        damping = max(damping / 10, 1e-9)
        if settled:
            break
    try:
        covariance = np.linalg.inv(by.T @ by)[:3, :3]
    except np.linalg.LinAlgError:
        return None
    if not np.isfinite(translation).all() or not np.isfinite(covariance).all():
        return None
    projected = camera.project(model @ rotation.T + translation)
    error = float(np.sqrt(((projected - image) ** 2).sum(1).mean()))
    return Weighed(PnpSolution(rotation, translation, error), covariance, cost)


def angle_deviations(weighed: Weighed, factor: float = 1.0) -> Tuple[float, float, float]:
    """Standard deviations [rad] of yaw, pitch and roll, times a factor."""
    by = np.linalg.inv(angle_axes(weighed.solution.rotation, weighed.solution.translation))
    yaw, pitch, roll = factor * np.sqrt(np.diag(by @ weighed.covariance @ by.T))
    return float(yaw), float(pitch), float(roll)

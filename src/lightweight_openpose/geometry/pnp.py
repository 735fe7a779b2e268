"""Position and rotation of a rigid set of points in one image, by solvers that OpenCV 4.2 has."""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

import cv2
import numpy as np

from .camera import Camera
from .orientation import Orientation

_TOLERATED = 1.0  # px; reprojection error that any size may have


class PnpSolution(NamedTuple):
    """Where a model is."""

    rotation: np.ndarray  # (3, 3)
    translation: np.ndarray  # (3,) [m]
    error: float  # rms reprojection error [px]


def refine_pose(
    image: np.ndarray,
    model: np.ndarray,
    camera: Camera,
    rotation: np.ndarray,
    translation: np.ndarray,
) -> Optional[PnpSolution]:
    """Levenberg-Marquardt on the reprojection error from one start; None where it fails.

    image: (N, 2) [px]; model: (N, 3) [m]; rotation (3, 3), translation (3,) [m] of the model in the
    optical frame.
    """
    rvec = cv2.Rodrigues(rotation)[0]
    tvec = np.array(translation, float).reshape(3, 1)
    matrix = np.asarray(camera.matrix, float)
    seen, distortion = camera.for_opencv(image)
    if not np.isfinite(seen).all():
        return None
    try:
        ok, rvec, tvec = cv2.solvePnP(
            model, seen, matrix, distortion, rvec, tvec, True, cv2.SOLVEPNP_ITERATIVE
        )
    except cv2.error:
        return None
    if not ok or not np.isfinite(rvec).all() or not np.isfinite(tvec).all():
        return None
    turned = cv2.Rodrigues(rvec)[0]
    projected = camera.project(model @ turned.T + tvec.ravel())
    error = float(np.sqrt(((projected - image) ** 2).sum(1).mean()))
    return PnpSolution(turned, tvec.ravel(), error)


def initial_translation(image: np.ndarray, model: np.ndarray, camera: Camera) -> np.ndarray:
    """(3,) [m] where the middle of the points may be.

    On their middle ray, no farther than any pair of them allows.
    """
    image, _ = camera.for_opencv(image)
    first, second = np.triu_indices(len(model), 1)
    true = np.linalg.norm(model[first] - model[second], axis=1)
    seen = np.linalg.norm(image[first] - image[second], axis=1)
    matrix = np.asarray(camera.matrix, float)
    depth = float((matrix[0, 0] * true / np.maximum(seen, 1e-3)).min())
    middle = image.mean(0)
    x = (middle[0] - matrix[0, 2]) / matrix[0, 0]
    y = (middle[1] - matrix[1, 2]) / matrix[1, 1]
    return np.array([x, y, 1]) * depth


def checked_orientation(
    solution: PnpSolution, what: str, size: float, limit: float, count: int
) -> Tuple[Optional[Orientation], str]:
    """The orientation of a solution, or None and the reason.

    what: it is of; size: of that in the image [px]; limit: reprojection error that it may have, over
    its size; count: keypoints that were used.
    """
    if solution.error > max(limit * size, _TOLERATED):
        return None, (
            f"the keypoints do not fit a {what}: reprojection error {solution.error:.1f} px "
            f"for one of {size:.0f} px"
        )
    return Orientation.of(solution.rotation, solution.translation, solution.error, count), ""

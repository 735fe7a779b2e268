"""Position and rotation of a rigid set of points in one image; needs only solvers that OpenCV 4.2 has."""
from __future__ import annotations

import cv2
import numpy as np


def refine_pose(image: np.ndarray, model: np.ndarray, matrix: np.ndarray, distortion: np.ndarray, rotation: np.ndarray,
                translation: np.ndarray):
    """Levenberg-Marquardt on the reprojection error from one start.

    image: (N, 2) [px]; model: (N, 3) [any unit]; rotation (3, 3) and translation (3,) of the model in the optical frame.
    Gives (rotation, translation, rms [px]), or None where it fails.
    """
    try:
        ok, rvec, tvec = cv2.solvePnP(model, image, matrix, distortion, cv2.Rodrigues(rotation)[0],
                                      np.array(translation, float).reshape(3, 1), True, cv2.SOLVEPNP_ITERATIVE)
    except cv2.error:
        return None
    if not ok or not np.isfinite(rvec).all() or not np.isfinite(tvec).all():
        return None
    projected = cv2.projectPoints(model, rvec, tvec, matrix, distortion)[0].reshape(-1, 2)
    return cv2.Rodrigues(rvec)[0], tvec.ravel(), float(np.sqrt(((projected - image) ** 2).sum(1).mean()))


def likely_place(image: np.ndarray, model: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """(3,) where the middle of the points may be: on their middle ray, no farther than any pair of them allows."""
    first, second = np.triu_indices(len(model), 1)
    true = np.linalg.norm(model[first] - model[second], axis=1)
    seen = np.linalg.norm(image[first] - image[second], axis=1)
    depth = float((matrix[0, 0] * true / np.maximum(seen, 1e-3)).min())
    middle = image.mean(0)
    return np.array([(middle[0] - matrix[0, 2]) / matrix[0, 0], (middle[1] - matrix[1, 2]) / matrix[1, 1], 1]) * depth

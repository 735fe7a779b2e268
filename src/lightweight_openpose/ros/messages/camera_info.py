"""CameraInfo -> the camera of an image."""

from __future__ import annotations

import numpy as np

from lightweight_openpose.geometry.camera import Camera

from .validation import BadMessage


def camera_of(info, height: int, width: int, assumed_fov: float, rectified: bool) -> Camera:
    """Camera of an image of height x width [px] by its CameraInfo (or None).

    K of zeros (uncalibrated) or anything not finite gives the ideal camera with horizontal field of
    view assumed_fov [rad]. A calibration made at another size is scaled to this one; rectified: P
    of the calibration counts instead of K and D. Raises BadMessage for a model of distortion that
    is not known.
    """
    if info is not None:
        matrix = np.array(info.P if rectified else info.K, float).reshape(3, -1)[:, :3].copy()
        lens = ((), "") if rectified else (info.D, info.distortion_model)
        if matrix[0, 0] > 0 and np.isfinite(matrix).all() and np.isfinite(lens[0]).all():
            if info.width and info.height and (info.width, info.height) != (width, height):
                matrix[0] *= width / info.width
                matrix[1] *= height / info.height
            return _calibrated(matrix, *lens)
    return Camera.assumed_for(width, height, assumed_fov)


def _calibrated(matrix, coefficients, model):
    try:
        return Camera.calibrated(matrix, coefficients, model)
    except ValueError as error:
        raise BadMessage(f"calibration with {error}; set ~rectified for rectified images") from None

"""CameraInfo -> the camera of an image."""

from __future__ import annotations

import numpy as np

from lightweight_openpose.geometry.camera import Camera

from .validation import BadMessage


def camera_of(info, height: int, width: int, assumed_fov: float, rectified: bool) -> Camera:
    """Camera of an image of height x width [px] by its CameraInfo (or None).

    K of zeros (uncalibrated) or anything not finite gives the ideal camera with horizontal field of
    view assumed_fov [rad], and so does a calibration for images of another shape, of which the
    sensor gives another part: only its region of interest says which. A calibration made at another
    size is scaled to this one; rectified: P of the calibration counts instead of K and D. Raises
    BadMessage for a model of distortion that is not known.
    """
    if info is not None:
        matrix = np.array(info.P if rectified else info.K, float).reshape(3, -1)[:, :3].copy()
        lens = ((), "") if rectified else (info.D, info.distortion_model)
        if matrix[0, 0] > 0 and np.isfinite(matrix).all() and np.isfinite(lens[0]).all():
            fits = _fit(matrix, info, height, width)
            camera = _calibrated(matrix, *lens)
            if fits:
                return camera
    return Camera.assumed_for(width, height, assumed_fov)


def _fit(matrix, info, height, width) -> bool:
    """Make a matrix (3, 3) of a whole sensor, in place, one of an image of height x width [px].

    False where the image has another shape than what the calibration says of it.
    """
    roi = info.roi
    if roi.width and roi.height:
        matrix[:2, 2] -= roi.x_offset, roi.y_offset
        whole = roi.height, roi.width
    else:
        whole = info.height, info.width
    if not all(whole):
        return True
    down, along = height / whole[0], width / whole[1]
    matrix[0] *= along
    matrix[1] *= down
    return abs(along * whole[0] - height) < 2 or abs(down * whole[1] - width) < 2


def _calibrated(matrix, coefficients, model):
    try:
        return Camera.calibrated(matrix, coefficients, model)
    except ValueError as error:
        raise BadMessage(f"calibration with {error}; set ~rectified for rectified images") from None

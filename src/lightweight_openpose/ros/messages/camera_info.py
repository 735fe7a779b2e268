"""CameraInfo -> the camera of an image."""
from __future__ import annotations

import numpy as np

from lightweight_openpose.geometry.camera import camera_matrix


def intrinsics(info, height: int, width: int, assumed_fov: float, rectified: bool):
    """CameraInfo (or None) -> (3x3 matrix, distortion, assumed) for an image of height x width [px].

    K of zeros (uncalibrated) or anything not finite gives the matrix of an ideal camera with horizontal field of view
    assumed_fov [rad], and assumed = True. A calibration made at another size is scaled to this one.
    """
    if info is not None:
        values = np.array(info.P if rectified else info.K, float).reshape(3, -1)[:, :3].copy()
        distortion = np.zeros(0) if rectified else np.array(info.D, float)
        if values[0, 0] > 0 and np.isfinite(values).all() and np.isfinite(distortion).all():
            if info.width and info.height and (info.width, info.height) != (width, height):
                values[0] *= width / info.width
                values[1] *= height / info.height
            return values, distortion, False
    return camera_matrix(width, height, assumed_fov), np.zeros(0), True

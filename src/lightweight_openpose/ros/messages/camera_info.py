"""CameraInfo -> the camera of an image, or the calibration of images of another size."""

from __future__ import annotations

import copy
from typing import Optional, Sequence, Tuple

import numpy as np
from sensor_msgs.msg import CameraInfo

from lightweight_openpose.geometry import Camera, flaw_of
from lightweight_openpose.geometry.lenses import PINHOLE, find_lens

from .validation import BadMessage


def camera_of(
    info: Optional[CameraInfo], height: int, width: int, assumed_fov: float, rectified: bool
) -> Camera:
    """Camera of an image of height x width [px] by its CameraInfo (or None).

    Where `why_assumed` has a reason, it is the ideal camera with horizontal field of view
    assumed_fov [rad]. A calibration made at another size is scaled to this one; rectified: P of the
    calibration counts instead of K and D. Raises BadMessage for a lens that cannot be read.
    """
    if info is None or _flaw(info, height, width, rectified):
        return Camera.assumed_for(width, height, assumed_fov)
    matrix = _matrix(info, rectified)
    fits = _fit(matrix, info, height, width)
    camera = Camera(matrix) if rectified else _calibrated(matrix, info.D, info.distortion_model)
    return camera if fits else Camera.assumed_for(width, height, assumed_fov)


def why_assumed(info: Optional[CameraInfo], height: int, width: int, rectified: bool) -> str:
    """Why a CameraInfo (or None) is no calibration of an image of height x width [px].

    "" where it is one. A calibration for images of another shape is none: the sensor gives another
    part of its own, and only its region of interest and its binning say which.
    """
    if info is None:
        return "is not calibrated"
    flaw = _flaw(info, height, width, rectified)
    if not flaw and not _fit(_matrix(info, rectified), info, height, width):
        return (
            f"is calibrated for images of {info.width}x{info.height} px, and these have another "
            "shape"
        )
    return flaw


def _flaw(info: CameraInfo, height: int, width: int, rectified: bool) -> str:
    name = "P" if rectified else "K"
    if not any(getattr(info, name)):
        return f"is not calibrated: {name} is 0"
    if not rectified and not np.isfinite(info.D).all():
        return "is not calibrated: D has numbers that are not finite"
    lens = PINHOLE if rectified else find_lens(info.distortion_model) or PINHOLE
    size = (info.width or width, info.height or height)
    flaw = flaw_of(_matrix(info, rectified), *size, lens)
    return f"is not calibrated: {name} {flaw}" if flaw else ""


def _matrix(info: CameraInfo, rectified: bool) -> np.ndarray:
    """(3, 3) of the whole sensor [px]."""
    return np.array(info.P if rectified else info.K, float).reshape(3, -1)[:, :3].copy()


def _fit(matrix: np.ndarray, info: CameraInfo, height: int, width: int) -> bool:
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
    matrix[0] *= width / whole[1]
    matrix[1] *= height / whole[0]
    binned = whole[0] / max(1, info.binning_y), whole[1] / max(1, info.binning_x)
    return any(_same_shape(size, height, width) for size in (whole, binned))


def _same_shape(size: Tuple[float, float], height: int, width: int) -> bool:
    """Whether (height, width) [px] scaled to an image misses it by less than two pixels."""
    along, down = width / size[1], height / size[0]
    return abs(along * size[0] - height) < 2 or abs(down * size[1] - width) < 2


def _calibrated(matrix: np.ndarray, coefficients: Sequence[float], model: str) -> Camera:
    try:
        return Camera.calibrated(matrix, coefficients, model)
    except ValueError as error:
        remedy = ""
        if find_lens(model) is PINHOLE:
            remedy = ", or set ~rectified where the images are rectified already (image_rect)"
        raise BadMessage(f"calibration with {error}{remedy}") from None


def info_at(info: CameraInfo, width: int, height: int) -> Optional[CameraInfo]:
    """The calibration for images of width x height [px], None where they have another shape.

    K and P are scaled as image_proc does on resizing; D and R are those of the lens. Images of another
    shape show another part of the sensor: nothing says which.
    """
    if abs(info.width * height / info.height - width) >= 1:
        return None
    along = width / info.width
    down = height / info.height
    scaled = copy.deepcopy(info)
    scaled.width, scaled.height = width, height
    scaled.K = [v * s for v, s in zip(info.K, [along] * 3 + [down] * 3 + [1.0] * 3)]
    scaled.P = [v * s for v, s in zip(info.P, [along] * 4 + [down] * 4 + [1.0] * 4)]
    return scaled

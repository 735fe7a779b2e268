"""CameraInfo <-> the YAML of camera_calibration and camera_info_manager."""

from __future__ import annotations

from typing import Any, Dict, Sequence, Tuple

import numpy as np
import yaml
from sensor_msgs.msg import CameraInfo

from lightweight_openpose.files import replacing
from lightweight_openpose.geometry import Camera, camera_file, flaw_of
from lightweight_openpose.geometry.lenses import PINHOLE, find_lens

from .validation import BadMessage, check

_MATRICES = (  # field of CameraInfo, key in the file, rows, columns
    ("K", "camera_matrix", 3, 3),
    ("R", "rectification_matrix", 3, 3),
    ("P", "projection_matrix", 3, 4),
)


def check_calibration(info: CameraInfo) -> None:
    """Raise BadMessage where a CameraInfo is no calibration of an image."""
    if not (info.width > 0 and info.height > 0):
        raise BadMessage(f"calibration for an image of {info.width}x{info.height}")
    if not np.isfinite([*info.D, *info.K, *info.R, *info.P]).all():
        raise BadMessage("calibration with numbers that are not finite")
    check(info)
    if not any(info.K):
        raise BadMessage("calibration whose K is 0, which stands for none")
    lens = find_lens(info.distortion_model)
    flaw = flaw_of(np.reshape(info.K, (3, 3)), info.width, info.height, lens or PINHOLE)
    if flaw:
        raise BadMessage(f"calibration whose K {flaw}")
    if lens is not None:
        _check_lens(info)


def _check_lens(info: CameraInfo) -> None:
    try:
        Camera.calibrated(np.reshape(info.K, (3, 3)), info.D, info.distortion_model)
    except ValueError as error:
        raise BadMessage(f"calibration with {error}") from None


def read_calibration(path: str) -> Tuple[CameraInfo, str]:
    """CameraInfo and name of the camera from such a file.

    Raises ValueError, and FileNotFoundError where there is none.
    """
    found = camera_file.read_calibration(path)
    try:
        info = CameraInfo(
            width=found.width,
            height=found.height,
            distortion_model=found.model,
            D=found.distortion,
            K=found.matrix,
            R=found.rectification,
            P=found.projection,
        )
        check_calibration(info)
    except (ArithmeticError, ValueError) as error:
        raise ValueError(f"calibration {path} cannot be used: {error}") from None
    return info, found.name


def write_calibration(path: str, info: CameraInfo, camera_name: str) -> None:
    """Write such a file, whole or not at all. Raises OSError."""
    document = {
        "image_width": info.width,
        "image_height": info.height,
        "camera_name": camera_name,
        "distortion_model": info.distortion_model,
        "distortion_coefficients": _matrix(1, len(info.D), info.D),
    }
    for field, key, rows, columns in _MATRICES:
        document[key] = _matrix(rows, columns, getattr(info, field))
    with replacing(path) as partial:
        text = yaml.safe_dump(document, sort_keys=False, default_flow_style=None)
        partial.write_text(text, encoding="utf-8")


def _matrix(rows: int, columns: int, values: Sequence[float]) -> Dict[str, Any]:
    return {"rows": rows, "cols": columns, "data": [float(v) for v in values]}

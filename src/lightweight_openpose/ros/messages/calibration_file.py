"""CameraInfo <-> the YAML of camera_calibration and camera_info_manager."""

from __future__ import annotations

from typing import Tuple

import numpy as np
import yaml
from sensor_msgs.msg import CameraInfo

from lightweight_openpose.files import LONGEST_YAML, parse_yaml, replacing

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
    if info.K[0] == 0:
        raise BadMessage("calibration whose K is 0, which stands for none")


def read_calibration(path: str) -> Tuple[CameraInfo, str]:
    """CameraInfo and name of the camera from such a file.

    Raises ValueError, and FileNotFoundError where there is none.
    """
    try:
        with open(path, "rb") as stream:
            document = parse_yaml(stream.read(LONGEST_YAML + 1))
        info = _to_info(document)
        check_calibration(info)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ValueError(f"calibration {path} cannot be read: {error.strerror}") from None
    except KeyError as error:
        raise ValueError(f"calibration {path} has no field {error}") from None
    except (ArithmeticError, TypeError, ValueError) as error:
        fault = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(f"calibration {path} is no camera_info_manager file: {fault}") from None
    return info, str(document.get("camera_name", ""))


def _to_info(document) -> CameraInfo:
    model = document["distortion_model"]
    if not isinstance(model, str):
        raise ValueError(f"distortion_model is {model!r}, expected a name such as plumb_bob")
    info = CameraInfo(
        width=int(document["image_width"]),
        height=int(document["image_height"]),
        distortion_model=model,
    )
    info.D = [float(v) for v in document["distortion_coefficients"]["data"]]
    for field, key, rows, columns in _MATRICES:
        values = [float(v) for v in document[key]["data"]]
        if len(values) != rows * columns:
            raise ValueError(f"{key} has {len(values)} numbers, expected {rows * columns}")
        setattr(info, field, values)
    return info


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


def _matrix(rows, columns, values):
    return {"rows": rows, "cols": columns, "data": [float(v) for v in values]}

"""The YAML or INI that camera_calibration and camera_info_manager write of a camera."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, List, Tuple, Union

import numpy as np

from lightweight_openpose.files import LONGEST_YAML, parse_yaml

from .camera import Camera, flaw_of
from .ini_calibration import ini_document, is_ini

_IDENTITY = [1.0, 0, 0, 0, 1, 0, 0, 0, 1]


@dataclass(frozen=True)
class CameraFile:
    """What such a file says, not yet checked. Matrices are by rows."""

    name: str  # of the camera; may be empty
    width: int  # [px]
    height: int  # [px]
    model: str  # of the distortion, by its name in ROS
    distortion: List[float]
    matrix: List[float]  # (9,) K [px]
    rectification: List[float]  # (9,) R
    projection: List[float]  # (12,) P [px]


def read_calibration(path: Union[str, Path]) -> CameraFile:
    """The calibration in a file.

    Without model, R and P it is that of a single camera with the distortion of plumb_bob. Raises
    ValueError, and FileNotFoundError where there is none.
    """
    try:
        with open(str(path), "rb") as stream:
            content = stream.read(LONGEST_YAML + 1)
        text = content.decode("utf-8", "replace")
        return _calibration(ini_document(text) if is_ini(text) else parse_yaml(content))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ValueError(f"calibration {path} cannot be read: {error.strerror}") from None
    except KeyError as error:
        raise ValueError(f"calibration {path} has no field {error}") from None
    except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
        fault = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(f"calibration {path} is no camera_info_manager file: {fault}") from None


def _calibration(document: dict) -> CameraFile:
    width, height = int(document["image_width"]), int(document["image_height"])
    model = document.get("distortion_model")
    if model is None:
        model = "plumb_bob"
    if not isinstance(model, str):
        raise ValueError(f"distortion_model is {model!r}, expected a name such as plumb_bob")
    matrix = _numbers(document["camera_matrix"], "camera_matrix", 9)
    single = [*matrix[:3], 0.0, *matrix[3:6], 0.0, *matrix[6:], 0.0]
    return CameraFile(
        str(document.get("camera_name", "")),
        width,
        height,
        model,
        _numbers(document["distortion_coefficients"]),
        matrix,
        _numbers(document.get("rectification_matrix", _IDENTITY), "rectification_matrix", 9),
        _numbers(document.get("projection_matrix", single), "projection_matrix", 12),
    )


def _numbers(given: Any, key: str = "", count: int = 0) -> List[float]:
    """The numbers of a matrix; count: how many there have to be, where that is known."""
    values = [float(v) for v in (given if isinstance(given, list) else given["data"])]
    if count and len(values) != count:
        raise ValueError(f"{key} has {len(values)} numbers, expected {count}")
    return values


def read_camera(path: Union[str, Path]) -> Tuple[Camera, Tuple[int, int]]:
    """The camera, and width and height [px] of its images. Raises ValueError or OSError."""
    found = read_calibration(path)
    try:
        matrix = np.array(found.matrix).reshape(3, 3)
        camera = Camera.calibrated(matrix, found.distortion, found.model)
    except ValueError as error:
        raise ValueError(f"calibration {path} cannot be used: {error}") from None
    size = (found.width, found.height)
    if min(size) < 1 or not camera.usable or not np.isfinite(found.distortion).all():
        raise ValueError(f"calibration {path} has no image size or no positive focal length")
    flaw = flaw_of(matrix, *size, camera.lens)
    if flaw:
        raise ValueError(f"calibration {path} is none, its camera_matrix {flaw}: calibrate again")
    return camera, size

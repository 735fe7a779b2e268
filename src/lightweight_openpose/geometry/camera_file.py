"""The YAML that camera_calibration and camera_info_manager write of a camera, without ROS."""
from __future__ import annotations

from pathlib import Path
from typing import List, Tuple

import numpy as np

from lightweight_openpose.files import parse_yaml

from .camera import Camera

# Models of distortion whose coefficients OpenCV's pinhole functions take.
_PINHOLE = ("plumb_bob", "rational_polynomial")


def read_camera(path) -> Tuple[Camera, Tuple[int, int]]:
    """The camera, and width and height [px] of its images. Raises ValueError or OSError."""
    try:
        document = parse_yaml(Path(path).read_bytes())
        size = (int(document["image_width"]), int(document["image_height"]))
        kind = document.get("distortion_model", "plumb_bob")
        matrix = _numbers(document, "camera_matrix", [9]).reshape(3, 3)
        distortion = _numbers(document, "distortion_coefficients", [0, 4, 5, 8])
    except KeyError as error:
        raise ValueError(f"calibration {path} has no field {error}") from None
    except (AttributeError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"calibration {path} cannot be used: {error}") from None
    camera = Camera(matrix, distortion if distortion.size else np.zeros(5))
    if kind not in _PINHOLE:
        raise ValueError(
            f"calibration {path} has distortion_model {kind!r}; only {' and '.join(_PINHOLE)} can "
            "be used"
        )
    if min(size) < 1 or not camera.usable or not np.isfinite(distortion).all():
        raise ValueError(f"calibration {path} has no image size or no positive focal length")
    return camera, size


def _numbers(document, field: str, counts: List[int]) -> np.ndarray:
    values = np.array([float(v) for v in document[field]["data"]])
    if values.size not in counts:
        wanted = " or ".join(map(str, counts))
        raise ValueError(f"{field} has {values.size} numbers, expected {wanted}")
    return values

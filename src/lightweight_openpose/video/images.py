"""What an image is."""
from __future__ import annotations

import cv2
import numpy as np

from lightweight_openpose.files import replacing

IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm"}


class BadImage(ValueError):
    """The array given is not an image that can be used; the message says why."""


def check_image(image: np.ndarray) -> np.ndarray:
    """Return image if it is a non-empty (H, W, 3) uint8 array, else raise BadImage."""
    if not isinstance(image, np.ndarray):
        raise BadImage(f"expected a NumPy array of shape (H, W, 3), got {type(image).__name__}")
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise BadImage(
            f"expected a BGR image of shape (H, W, 3) and type uint8, got {image.shape} "
            f"{image.dtype}"
        )
    if image.size == 0:
        raise BadImage(f"the image is empty: height {image.shape[0]}, width {image.shape[1]}")
    return image


def write_image(path, image: np.ndarray) -> None:
    """Write a picture, whole or not at all, in the format of the suffix. Raises OSError."""
    with replacing(path) as partial:
        if not cv2.imwrite(str(partial), image):
            raise OSError(f"cannot write the picture {path}")

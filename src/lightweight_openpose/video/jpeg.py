"""JPEG of an image: by PyTurboJPEG where it is installed, else by OpenCV."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np

_LONGEST = 65500  # px of a side, by libjpeg


@lru_cache(maxsize=None)
def _turbojpeg() -> Any:
    """(encoder, 4:2:0 as its option), None without the package or a library that fits it."""
    try:
        import turbojpeg

        return turbojpeg.TurboJPEG(), turbojpeg.TJSAMP_420
    except (ImportError, OSError, RuntimeError, AttributeError):
        return None


def encode_jpeg(image: np.ndarray, quality: int) -> bytes:
    """A BGR image (H, W, 3) uint8 as JPEG, with colours at half the resolution.

    quality: 1..100. Raises ValueError for a size that JPEG does not have.
    """
    if not 0 < min(image.shape[:2]) <= max(image.shape[:2]) <= _LONGEST:
        raise ValueError(f"an image of {image.shape[1]} x {image.shape[0]} pixels is no JPEG")
    turbo = _turbojpeg()
    if turbo is not None:
        encoder, halved = turbo
        return encoder.encode(np.ascontiguousarray(image), quality, jpeg_subsample=halved)
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()

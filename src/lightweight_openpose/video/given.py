"""What somebody gives for an image: an array, the path of a file, or an image of Pillow."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from .images import BadImage, check_image, read_image

if TYPE_CHECKING:
    from PIL.Image import Image

Given = Union[np.ndarray, str, "os.PathLike[str]", "Image"]
# Pillow clips these when it makes RGB of them.
_DEEP = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")


def as_image(given: Given) -> np.ndarray:
    """The image (H, W, 3) uint8 BGR of what is given.

    An array is taken as it is. A picture in a file and one of Pillow are turned as their EXIF says.
    Raises FileNotFoundError where there is no such file, and BadImage, a ValueError, with the name
    of the file and the reason for what is no image.
    """
    if isinstance(given, (str, os.PathLike)):
        return read_photo(Path(os.fspath(given)))
    pillow = sys.modules.get("PIL.Image")  # whoever has one of its images has loaded it
    if pillow is not None and isinstance(given, pillow.Image):
        return _of_pillow(given)
    if not isinstance(given, np.ndarray):
        raise BadImage(
            "expected an array of shape (H, W, 3), a path or an image of Pillow, got "
            f"{type(given).__name__}"
        )
    return check_image(given)


def read_photo(path: Union[str, Path]) -> np.ndarray:
    """The picture (H, W, 3) uint8 BGR in a file.

    Raises FileNotFoundError, or BadImage with the name of the file and the reason.
    """
    try:
        return read_image(path)
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} does not exist") from None
    except OSError as error:
        raise BadImage(f"{path} cannot be read: {error.strerror}") from None
    except BadImage as error:
        raise BadImage(f"{path} is no image: {error}") from None


def _of_pillow(image: Any) -> np.ndarray:
    from PIL import ImageOps

    if image.mode in _DEEP:
        raise BadImage(
            f"an image of Pillow in mode {image.mode}: scale it to 8 bits and convert it to RGB"
        )
    try:
        pixels = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except (OSError, SyntaxError, ValueError) as error:  # of a file that is read only now
        raise BadImage(f"Pillow cannot read the image: {error}") from None
    return check_image(np.ascontiguousarray(pixels[:, :, ::-1]))

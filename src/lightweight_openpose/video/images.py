"""What an image is, and the way from and to its file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple, Optional, Union

import cv2
import numpy as np

from lightweight_openpose.files import replacing

from .bit_depth import BitsInUse
from .image_size import Size, image_size, orientation

IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm"}
MAX_PIXELS = 1 << 26  # 8192 x 8192, 200 MB in BGR: nothing larger is decoded
_MAX_BYTES = 8 * MAX_PIXELS  # of a file: 16 bits in four channels, not compressed


_JPEG = b"\xff\xd8\xff"
# How OpenCV decodes a picture at a half or a quarter of its size, which JPEG makes cheap. Ubuntu
# 20.04's (4.2) gives the whole picture all the same.
_REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
}
# What the orientations of EXIF ask for; 1 is upright.
_TURNS = {
    2: lambda image: image[:, ::-1],
    3: lambda image: image[::-1, ::-1],
    4: lambda image: image[::-1],
    5: lambda image: image.swapaxes(0, 1),
    6: lambda image: image.swapaxes(0, 1)[:, ::-1],
    7: lambda image: image.swapaxes(0, 1)[::-1, ::-1],
    8: lambda image: image.swapaxes(0, 1)[::-1],
}


class Picture(NamedTuple):
    """An image, perhaps smaller than the picture that it is of."""

    image: np.ndarray  # BGR (H, W, 3) uint8
    height: int  # [px] of the picture
    width: int  # [px]
    reduction: int = 1  # px of the picture per px of the image: 1, 2 or 4


def as_picture(image: np.ndarray) -> Picture:
    """The picture of an image (H, W, 3) in its own size."""
    return Picture(image, *image.shape[:2])


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


def check_size(width: float, height: float) -> None:
    """Raise BadImage where a picture of width x height [px] is empty or takes too much memory."""
    if not 0 < width * height <= MAX_PIXELS:
        raise BadImage(
            f"a picture of {width:.0f}x{height:.0f} px: expected 1 to {MAX_PIXELS} pixels"
        )


def decode_image(
    data: bytes,
    flags: int = cv2.IMREAD_COLOR,
    bits: Optional[BitsInUse] = None,
    size: Optional[Size] = None,
) -> np.ndarray:
    """The picture in an encoded image: (H, W, 3) uint8 BGR, or what OpenCV's flags ask for.

    It is turned as its EXIF says, unless the flags are cv2.IMREAD_UNCHANGED. bits: of the 16-bit
    images of its camera, None: this one alone tells. size: what image_size() says of it, None:
    that is asked. Sizes are looked at before anything is decoded. Raises BadImage with the reason.
    """
    size = size or image_size(data)
    image = None
    if size is not None:
        check_size(*size)
        try:
            image = _decoded(data, flags, bits)
        except (cv2.error, MemoryError) as error:
            raise BadImage(f"a picture that OpenCV cannot decode: {str(error)[:160]}") from error
    if image is None:
        raise BadImage(
            f"{len(data)} bytes that cannot be decoded as JPEG, PNG, WebP, TIFF, BMP, PNM or what "
            "else OpenCV knows: is it corrupt?"
        )
    return image


def _decoded(data: bytes, flags: int, bits: Optional[BitsInUse]) -> Optional[np.ndarray]:
    """None for what OpenCV does not know."""
    if flags == cv2.IMREAD_UNCHANGED or bytes(data[8:12]) != b"WEBP":
        return _in_8_bits(data, flags, bits)
    # OpenCV 5 turns a WebP as its EXIF says, and OpenCV 4 does not.
    image = _in_8_bits(data, flags | cv2.IMREAD_IGNORE_ORIENTATION, bits)
    turn = _TURNS.get(orientation(data))
    return image if turn is None or image is None else np.ascontiguousarray(turn(image))


def _in_8_bits(data: bytes, flags: int, bits: Optional[BitsInUse]) -> Optional[np.ndarray]:
    """What OpenCV decodes; where the flags ask for no depth, 16 bits by those in use."""
    encoded = np.frombuffer(data, np.uint8)
    if flags == cv2.IMREAD_COLOR and bytes(data[:3]) != _JPEG:
        image = cv2.imdecode(encoded, flags | cv2.IMREAD_ANYDEPTH)  # noqa: TID251
        if image is None or image.dtype == np.uint8:
            return image
        if image.dtype == np.uint16:
            return (bits or BitsInUse()).to_8_bits(image)
    return cv2.imdecode(encoded, flags)  # noqa: TID251


def decode_picture(
    data: bytes,
    reduction: int = 1,
    bits: Optional[BitsInUse] = None,
    size: Optional[Size] = None,
) -> Picture:
    """The picture in an encoded image, of a JPEG so many times smaller: 1, 2 or 4.

    bits, size: as in decode_image. Raises BadImage with the reason.
    """
    size = size or image_size(data)
    if size is None or bytes(data[:3]) != _JPEG:
        return as_picture(decode_image(data, bits=bits, size=size))
    image = decode_image(data, _REDUCED[reduction], bits, size)
    if max(image.shape[:2]) == max(size):  # not reduced, by this OpenCV or as asked
        return as_picture(image)
    height, width = image.shape[:2]
    turned = abs(size[0] - reduction * width) >= reduction
    return Picture(image, *(size if turned else size[::-1]), reduction)


def read_image(path: Union[str, Path]) -> np.ndarray:
    """The picture in a file, as `decode_image`. Raises BadImage or OSError."""
    with open(str(Path(path).expanduser()), "rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > _MAX_BYTES:
            raise BadImage(f"a file of {size} bytes: expected {_MAX_BYTES} at most")
        return decode_image(stream.read(size))


def try_image(path: Union[str, Path]) -> Optional[np.ndarray]:
    """The same, or None where it cannot be read: for those who count such files and go on."""
    try:
        return read_image(path)
    except (BadImage, OSError):
        return None


def write_image(path: Union[str, Path], image: np.ndarray) -> None:
    """Write a picture, whole or not at all, in the format of the suffix. Raises OSError."""
    with replacing(path) as partial:
        # cv2.imwrite says nothing of a disk that is full when it ends.
        try:
            _, data = cv2.imencode(partial.suffix, image)
        except cv2.error:
            raise OSError(f"cannot write the picture {path}: unknown format") from None
        partial.write_bytes(data.tobytes())

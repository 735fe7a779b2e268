"""Image messages <-> BGR arrays."""

from __future__ import annotations

from typing import Optional, Union

import cv2
import numpy as np
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from lightweight_openpose.video import (
    BadImage,
    BitsInUse,
    Picture,
    as_picture,
    check_size,
    decode_image,
    decode_picture,
)
from lightweight_openpose.video.image_size import Size, image_size
from lightweight_openpose.video.jpeg import encode_jpeg

from .pixels import bgr_of, is_mosaic, mosaic_to_bgr


def image_to_bgr(
    msg: Union[Image, CompressedImage], bits: Optional[BitsInUse] = None
) -> np.ndarray:
    """sensor_msgs/Image or CompressedImage -> (H, W, 3) uint8 BGR.

    bits: of the 16-bit images of this camera, None: this image alone tells. Raises BadImage with
    the reason.
    """
    return image_to_picture(msg, 1, bits).image


def image_to_picture(
    msg: Union[Image, CompressedImage],
    reduction: int,
    bits: Optional[BitsInUse] = None,
    size: Optional[Size] = None,
) -> Picture:
    """The same; a JPEG comes out so many times smaller: 1, 2 or 4.

    size: what size_of_image() says of the message, None: that is asked where it matters.
    """
    bits = bits or BitsInUse()
    if hasattr(msg, "encoding"):
        return as_picture(bgr_of(msg, bits))
    return _decompressed(msg, reduction, bits, size)


def size_of_image(msg: Union[Image, CompressedImage]) -> Optional[Size]:
    """(width, height) [px] that a sensor_msgs/Image or CompressedImage announces, unless it cannot.

    The data is not looked at; None where the picture that it announces would be refused.
    """
    size = (msg.width, msg.height) if hasattr(msg, "encoding") else image_size(msg.data)
    try:
        check_size(*(size or (0, 0)))
    except BadImage:
        return None
    return size


def _decompressed(
    msg: CompressedImage, reduction: int, bits: BitsInUse, size: Optional[Size]
) -> Picture:
    """The picture in a CompressedImage; the mosaic of a sensor in its own size."""
    if "compressedDepth" in msg.format:
        raise BadImage(
            f"compressed image of format '{msg.format}' is depth and no picture: remap image:= to "
            "the colour image"
        )
    try:
        encoding = _mosaic_in(msg.format)
        if encoding:
            return as_picture(_mosaic(msg.data, encoding, bits, size))
        return decode_picture(msg.data, reduction, bits, size)
    except BadImage as error:
        raise BadImage(f"compressed image of format '{msg.format}': {error}") from error


def _mosaic_in(form: str) -> str:
    """The Bayer encoding of what compressed_image_transport compressed as it was, else "".

    It writes such as "bayer_rggb8; jpeg compressed " and, where it made colours first, bgr8 behind.
    """
    encoding = form.partition(";")[0].strip()
    made = form.rpartition("compressed")[2].strip()
    return encoding if is_mosaic(encoding) and made in ("", encoding) else ""


def _mosaic(data: bytes, encoding: str, bits: BitsInUse, size: Optional[Size]) -> np.ndarray:
    image = decode_image(data, cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH, size=size)
    if image.dtype == np.uint16:
        image = bits.to_8_bits(image)
    if image.ndim == 2 and image.dtype == np.uint8:
        return mosaic_to_bgr(image, encoding)
    return decode_image(data, bits=bits, size=size)  # it has colours already


def bgr_to_image(image: np.ndarray, header: Header) -> Image:
    """(H, W, 3) uint8 BGR -> sensor_msgs/Image in bgr8 with this header."""
    height, width = image.shape[:2]
    return Image(header, height, width, "bgr8", 0, 3 * width, image.tobytes())


def bgr_to_jpeg(image: np.ndarray, header: Header, quality: int) -> CompressedImage:
    """(H, W, 3) uint8 BGR -> sensor_msgs/CompressedImage with this header. quality: 1..100."""
    data = encode_jpeg(image, quality)
    return CompressedImage(header, "bgr8; jpeg compressed bgr8", data)

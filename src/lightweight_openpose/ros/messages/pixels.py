"""The pixels of a sensor_msgs/Image: rows without their padding, in the byte order of here.

cv_bridge's Python side takes no notice of `step`, fails in some versions on `is_bigendian`, and
knows no encoding in which brightness and colour lie apart.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Dict, List, NamedTuple, Optional, Tuple, Union

import cv2
import numpy as np

from lightweight_openpose.video import BadImage, BitsInUse

if TYPE_CHECKING:
    from sensor_msgs.msg import Image

_REMEDY = "have the driver send bgr8, rgb8 or mono8"
_NO_PICTURE = re.compile(r"(8|16|32|64)[USF]C\d+$")  # numbers without a meaning


class Plane(NamedTuple):
    """One array of an image; brightness and colour may lie apart."""

    pixels: np.ndarray  # (h, w, C), a view of the message's data in its byte order
    across: int = 1  # px of the image per column
    down: int = 1  # px of the image per row


class _Encoding(NamedTuple):
    dtype: str
    channels: int
    to_bgr: Optional[int]  # code of cv2.cvtColor; None: it is BGR


_COLOURS = {
    "mono": (1, cv2.COLOR_GRAY2BGR),
    "bgr": (3, None),
    "rgb": (3, cv2.COLOR_RGB2BGR),
    "bgra": (4, cv2.COLOR_BGRA2BGR),
    "rgba": (4, cv2.COLOR_RGBA2BGR),
    # ROS names the first two pixels of the first two rows, OpenCV the second two of the second.
    "bayer_rggb": (1, cv2.COLOR_BayerBG2BGR),
    "bayer_bggr": (1, cv2.COLOR_BayerRG2BGR),
    "bayer_gbrg": (1, cv2.COLOR_BayerGR2BGR),
    "bayer_grbg": (1, cv2.COLOR_BayerGB2BGR),
}
# Bare channel types say nothing of colour: take them as cameras mean them.
_MEANT = {
    "8UC1": "mono8", "8UC3": "bgr8", "8UC4": "bgra8",
    "16UC1": "mono16", "16UC3": "bgr16", "16UC4": "bgra16",
}  # fmt: skip
_ENCODINGS: Dict[str, _Encoding] = {
    f"{name}{bits}": _Encoding(f"u{bits // 8}", *colour)
    for name, colour in _COLOURS.items()
    for bits in (8, 16)
}
_ENCODINGS.update({name: _ENCODINGS[meant] for name, meant in _MEANT.items()})
# Two pixels share their colour; the names of ROS 1, of ROS 2 and of Video4Linux.
_PAIRS = {
    "yuv422": cv2.COLOR_YUV2BGR_UYVY,
    "uyvy": cv2.COLOR_YUV2BGR_UYVY,
    "yuv422_yuy2": cv2.COLOR_YUV2BGR_YUY2,
    "yuyv": cv2.COLOR_YUV2BGR_YUY2,
    "yuy2": cv2.COLOR_YUV2BGR_YUY2,
}
# All of the brightness, then all of the colour: px per colour along each side, and the code.
_SEMI_PLANAR: Dict[str, Tuple[int, int]] = {
    "nv12": (2, cv2.COLOR_YUV2BGR_NV12),
    "nv21": (2, cv2.COLOR_YUV2BGR_NV21),
    "nv24": (1, cv2.COLOR_YUV2BGR_NV12),
}


def rows_of(msg: Image, dtype: str, channels: int, data: Optional[bytearray] = None) -> np.ndarray:
    """(height, width, channels) view of an Image's data without the padding of its rows.

    dtype: of its numbers, whose byte order is set to the message's; data: a copy of the message's
    that may be written to. Raises BadImage where the message has not as much.
    """
    return _view(msg, data or msg.data, dtype, (msg.height, msg.width, channels))


def _view(
    msg: Image,
    data: Union[bytes, bytearray],
    dtype: str,
    shape: Tuple[int, int, int],
    start: int = 0,
    step: int = 0,
) -> np.ndarray:
    """(rows, columns, channels) from byte `start` on, rows `step` bytes apart; 0: the message's."""
    number = np.dtype(dtype).newbyteorder(">" if msg.is_bigendian else "<")
    rows, columns, channels = shape
    step = step or msg.step
    row = columns * channels * number.itemsize
    if not rows or not row:
        raise BadImage(f"image of zero size: height {msg.height}, width {msg.width}")
    if step < row:
        raise BadImage(
            f"image step {msg.step} is less than the {row} bytes that a row of {msg.width} px in "
            f"{msg.encoding} takes"
        )
    needed = start + step * (rows - 1) + row
    if len(data) < needed:
        raise BadImage(
            f"image data is too short: {len(data)} bytes, {needed} expected for {msg.width}x"
            f"{msg.height} px in {msg.encoding} with step {msg.step}"
        )
    strides = (step, channels * number.itemsize, number.itemsize)
    return np.ndarray(shape, number, data, start, strides)


def planes_of(msg: Image, data: Optional[bytearray] = None) -> List[Plane]:
    """The arrays that make up an Image; data: a copy of the message's that may be written to.

    Raises BadImage for an encoding that is no picture, or not known, and for too little data.
    """
    if msg.encoding in _ENCODINGS:
        encoding = _ENCODINGS[msg.encoding]
        return [Plane(rows_of(msg, encoding.dtype, encoding.channels, data))]
    if msg.encoding in _PAIRS:
        _check_even(msg, down=1)
        shape = (msg.height, msg.width // 2, 4)
        return [Plane(_view(msg, data or msg.data, "u1", shape), across=2)]
    if msg.encoding in _SEMI_PLANAR:
        return _two_planes(msg, data)
    raise _unknown(msg.encoding)


def _two_planes(msg: Image, data: Optional[bytearray]) -> List[Plane]:
    shared, _ = _SEMI_PLANAR[msg.encoding]
    _check_even(msg, down=2)
    brightness = rows_of(msg, "u1", 1, data)
    shape = (msg.height // shared, msg.width // shared, 2)
    step = msg.step * 2 // shared
    colour = _view(msg, data or msg.data, "u1", shape, msg.step * msg.height, step)
    return [Plane(brightness), Plane(colour, shared, shared)]


def _check_even(msg: Image, down: int) -> None:
    if msg.width % 2 or msg.height % down:
        raise BadImage(
            f"{msg.width}x{msg.height} px in {msg.encoding}, whose pixels share their colour: "
            f"expected an even size; {_REMEDY}"
        )


def _unknown(encoding: str) -> BadImage:
    if _NO_PICTURE.match(encoding):
        return BadImage(
            f"encoding '{encoding}' is no picture: remap image:= to the colour image (depth goes "
            f"to depth:=), or {_REMEDY}"
        )
    return BadImage(
        f"unknown image encoding '{encoding}': {_REMEDY} (doc/ros_api.md names all that are read)"
    )


def bgr_of(msg: Image, bits: BitsInUse) -> np.ndarray:
    """sensor_msgs/Image -> (H, W, 3) uint8 BGR, a view of the message where it is bgr8.

    bits: of the images of its camera. Raises BadImage with the reason.
    """
    planes = planes_of(msg)
    try:
        if len(planes) == 2:
            return _of_two_planes(msg, *planes)
        pixels = np.ascontiguousarray(planes[0].pixels)
        if msg.encoding in _PAIRS:
            pairs = pixels.reshape(msg.height, msg.width, 2)
            return cv2.cvtColor(pairs, _PAIRS[msg.encoding])
        return _of_one_plane(msg.encoding, pixels, bits)
    except cv2.error as error:
        reason = " ".join(str(error).split())[:160]
        raise BadImage(f"cannot turn encoding '{msg.encoding}' into bgr8: {reason}") from error


def _of_one_plane(encoding: str, pixels: np.ndarray, bits: BitsInUse) -> np.ndarray:
    if pixels.dtype.itemsize == 2:
        pixels = bits.to_8_bits(pixels.astype(np.uint16))  # also into the byte order of here
    code = _ENCODINGS[encoding].to_bgr
    return pixels if code is None else cv2.cvtColor(pixels, code)


def _of_two_planes(msg: Image, brightness: Plane, colour: Plane) -> np.ndarray:
    _, code = _SEMI_PLANAR[msg.encoding]
    every = 2 // colour.across  # OpenCV takes one colour for four pixels
    halved = colour.pixels[::every, ::every].reshape(msg.height // 2, msg.width)
    planes = np.vstack([brightness.pixels.reshape(msg.height, msg.width), halved])
    return cv2.cvtColor(planes, code)


def mosaic_to_bgr(mosaic: np.ndarray, encoding: str) -> np.ndarray:
    """(H, W) uint8 of a Bayer sensor -> (H, W, 3) uint8 BGR; encoding: such as bayer_rggb8."""
    return cv2.cvtColor(mosaic, _ENCODINGS[encoding].to_bgr)


def is_mosaic(encoding: str) -> bool:
    """Whether each pixel of an encoding has one of three colours."""
    return encoding.startswith("bayer_") and encoding in _ENCODINGS

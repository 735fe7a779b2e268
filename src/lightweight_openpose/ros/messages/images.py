"""Image messages <-> BGR arrays."""

from __future__ import annotations

from typing import Callable

import cv2
import numpy as np
from cv_bridge import CvBridge, CvBridgeError

from lightweight_openpose.video.images import (
    BadImage,
    Picture,
    decode_image,
    decode_picture,
    whole,
)

_BRIDGE = CvBridge()
# Bare channel types say nothing of colour: take them as cameras mean them.
_MEANT = {"8UC1": "mono8", "8UC3": "bgr8", "8UC4": "bgra8", "16UC1": "mono16"}


def image_to_bgr(msg) -> np.ndarray:
    """sensor_msgs/Image or CompressedImage -> (H, W, 3) uint8 BGR.

    Raises BadImage with the reason.
    """
    if not hasattr(msg, "encoding"):
        return _decompress(msg, decode_image)
    if msg.height == 0 or msg.width == 0:
        raise BadImage(f"image of zero size: height {msg.height}, width {msg.width}")
    if len(msg.data) < msg.step * msg.height:
        raise BadImage(
            f"image data is too short: {len(msg.data)} bytes, step {msg.step} x height "
            f"{msg.height} = {msg.step * msg.height} expected"
        )
    encoding = _MEANT.get(msg.encoding, msg.encoding)
    try:
        depth, channels = _BRIDGE.encoding_to_dtype_with_channels(encoding)
    except (CvBridgeError, KeyError, TypeError) as error:
        raise BadImage(f"unknown image encoding '{msg.encoding}'") from error
    least = msg.width * channels * np.dtype(depth).itemsize
    if msg.step < least:
        raise BadImage(
            f"image step {msg.step} is less than the {least} bytes that a row of {msg.width} px in "
            f"{msg.encoding} takes"
        )
    if encoding == "bgr8":
        data = np.frombuffer(msg.data, np.uint8, msg.step * msg.height)
        rows = data.reshape(msg.height, msg.step)
        return rows[:, : msg.width * 3].reshape(msg.height, msg.width, 3)
    original, msg.encoding = msg.encoding, encoding
    try:
        return _BRIDGE.imgmsg_to_cv2(msg, "bgr8")
    except (CvBridgeError, cv2.error, ValueError, TypeError) as error:
        reason = str(error)[:160]
        raise BadImage(f"cannot turn encoding '{original}' into bgr8: {reason}") from error
    finally:
        msg.encoding = original


def image_to_picture(msg, reduction_for: Callable[[int, int], int]) -> Picture:
    """The same; a JPEG may come out smaller, as reduction_for(width, height) says: 1, 2 or 4."""
    if hasattr(msg, "encoding"):
        return whole(image_to_bgr(msg))
    return _decompress(msg, lambda data: decode_picture(data, reduction_for))


def _decompress(msg, decode):
    try:
        return decode(msg.data)
    except BadImage as error:
        raise BadImage(f"compressed image of format '{msg.format}': {error}") from error


def bgr_to_image(image: np.ndarray, header):
    """(H, W, 3) uint8 BGR -> sensor_msgs/Image in bgr8 with this header."""
    msg = _BRIDGE.cv2_to_imgmsg(image, "bgr8")
    msg.header = header
    return msg

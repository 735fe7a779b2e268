"""Depth messages -> metres."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Union

import cv2
import numpy as np

from lightweight_openpose.video import MAX_PIXELS, BadImage, decode_image
from lightweight_openpose.video.rvl import decode_rvl

from .pixels import rows_of

if TYPE_CHECKING:
    from sensor_msgs.msg import CompressedImage, Image, PointCloud2

_HEADER = struct.Struct("<iff")  # of compressedDepth: format, two parameters of its inverse depth
_SIZE = struct.Struct("<II")  # width and height [px] before depth in RVL
_FIELD_TYPES = {7: "f4", 8: "f8"}  # datatypes of sensor_msgs/PointField
_ENCODINGS = {"16UC1": "u2", "mono16": "u2", "32FC1": "f4"}
_SHAPE_TOLERANCE = 0.01  # of the aspect ratio


def depth_to_metres(msg: Union[Image, CompressedImage, PointCloud2]) -> np.ndarray:
    """Depth message -> (H, W) float32 [m].

    It is an Image (16UC1 [mm], 32FC1 [m]; REP-118), a CompressedImage (compressedDepth) or an
    organised PointCloud2. Unknown is NaN: also what REP-117 calls too near (-inf) and too far
    (inf), and 0. Raises BadImage with the remedy.
    """
    if hasattr(msg, "fields"):
        depth = _cloud(msg)
    elif hasattr(msg, "encoding"):
        depth = _image(msg)
    else:
        depth = _compressed(msg)
    return np.where(np.isfinite(depth) & (depth > 0), depth, np.float32(np.nan))


def _image(msg: Image) -> np.ndarray:
    if msg.encoding not in _ENCODINGS:
        raise BadImage(
            f"depth of encoding '{msg.encoding}': expected 16UC1 [mm] or 32FC1 [m]; remap depth:= "
            "to the depth image that is registered to the colour image"
        )
    try:
        return _in_metres(rows_of(msg, _ENCODINGS[msg.encoding], 1)[:, :, 0])
    except BadImage as error:
        raise BadImage(
            f"depth image of {msg.width}x{msg.height}, step {msg.step}, has {len(msg.data)} bytes "
            f"of data: {error}"
        ) from None


def _dtype(kind: str, msg: PointCloud2) -> np.dtype:
    """NumPy type of a message's numbers."""
    return np.dtype(kind).newbyteorder(">" if msg.is_bigendian else "<")


def _in_metres(values: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):  # some NaN make a noise
        return values.astype(np.float32) * np.float32(0.001 if values.dtype.kind == "u" else 1)


def _compressed(msg: CompressedImage) -> np.ndarray:
    if "compressedDepth" not in msg.format:
        raise BadImage(
            f"compressed depth of format '{msg.format}': expected compressedDepth; "
            "JPEG spoils depth"
        )
    if len(msg.data) <= _HEADER.size:
        raise BadImage(f"compressedDepth of {len(msg.data)} bytes is truncated")
    _, a, b = _HEADER.unpack_from(msg.data)
    image = _distances(msg.format, msg.data[_HEADER.size :])
    if image.dtype != np.uint16 or image.ndim != 2:
        raise BadImage(
            f"compressedDepth of {image.dtype} {image.shape}: expected one channel of uint16"
        )
    if "32FC1" not in msg.format:
        return _in_metres(image)
    with np.errstate(divide="ignore"):
        depth = np.float32(a) / (image.astype(np.float32) - np.float32(b))
    return np.where(image > 0, depth, np.float32(np.nan))


def _distances(form: str, data: bytes) -> np.ndarray:
    """What is in a compressedDepth: PNG, or RVL where the format says so."""
    if "rvl" not in form.rpartition("compressedDepth")[2].lower():
        return decode_image(data, cv2.IMREAD_UNCHANGED)
    if len(data) < _SIZE.size:
        raise BadImage(f"compressedDepth of {len(data)} bytes in rvl is truncated")
    return decode_rvl(data[_SIZE.size :], *_SIZE.unpack_from(data))


def _cloud(msg: PointCloud2) -> np.ndarray:
    if msg.height <= 1:
        raise BadImage(
            f"point cloud of {msg.width} points in one row is not organised: use the driver's "
            "registered, organised cloud (such as depth_registered/points), or the depth image "
            "with ~depth: image"
        )
    z = next((f for f in msg.fields if f.name == "z" and f.datatype in _FIELD_TYPES), None)
    if z is None:
        raise BadImage("point cloud without a field z of float32 or float64")
    short = len(msg.data) < msg.row_step * msg.height
    if not msg.width or short or msg.row_step < msg.point_step * msg.width:
        raise BadImage(
            f"point cloud of {msg.width}x{msg.height}, row_step {msg.row_step}, "
            f"has {len(msg.data)} bytes of data"
        )
    dtype = _dtype(_FIELD_TYPES[z.datatype], msg)
    if msg.point_step < z.offset + dtype.itemsize:
        raise BadImage(f"point cloud of points of {msg.point_step} bytes, with z at {z.offset}")
    shape, strides = (msg.height, msg.width), (msg.row_step, msg.point_step)
    return np.ndarray(shape, dtype, msg.data, z.offset, strides).astype(np.float32)


def scaled_to_image(depth: np.ndarray, height: int, width: int) -> np.ndarray:
    """Depth that is registered to an image of height x width [px], in the image's size.

    Raises BadImage when its aspect ratio says that it is not registered.
    """
    rows, columns = depth.shape
    if abs(rows / columns - height / width) > _SHAPE_TOLERANCE * height / width:
        raise BadImage(
            f"depth is {columns}x{rows}, the colour image {width}x{height}: not registered to it; "
            "remap depth:= to the aligned topic (RealSense: aligned_depth_to_color/image_raw), or "
            "depth/camera_info:= to the depth camera's calibration"
        )
    if (rows, columns) == (height, width):
        return depth
    if height * width > MAX_PIXELS:
        raise BadImage(f"depth of {columns}x{rows} for an image of {width}x{height}: too large")
    return cv2.resize(depth, (width, height), interpolation=cv2.INTER_NEAREST)

"""Hides heads in image messages, in the encoding that they have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence, Union

import cv2

from lightweight_openpose.display.anonymize import HeadAnonymizer
from lightweight_openpose.video import BadImage, decode_image
from lightweight_openpose.video.bare_pictures import is_bare

from .pixels import Plane, planes_of

if TYPE_CHECKING:
    from sensor_msgs.msg import CompressedImage, Image

    from lightweight_openpose.display.labels import Box

LONGEST = 1000  # characters of a text: it may be a picture
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 95]


def anonymize_message(msg: Union[Image, CompressedImage], boxes: Sequence[Box], how: str) -> None:
    """Hide boxes [px] in a sensor_msgs/Image or CompressedImage, in place; its encoding stays.

    What is no pixel goes: padding of rows, bytes behind the picture, thumbnails. Raises
    BadImage for an encoding that is no picture and a format other than JPEG and PNG.
    """
    name = msg.encoding if hasattr(msg, "encoding") else msg.format
    if max(len(name), len(msg.header.frame_id)) > LONGEST:
        raise BadImage(f"a text of more than {LONGEST} characters")
    if hasattr(msg, "encoding"):
        _cover_raw(msg, boxes, how)
    else:
        _cover_compressed(msg, boxes, how)


def _cover_raw(msg: Image, boxes: Sequence[Box], how: str) -> None:
    data = bytearray(len(msg.data))
    for plane, covered in zip(planes_of(msg), planes_of(msg, data)):
        covered.pixels[...] = plane.pixels
        HeadAnonymizer.anonymize(covered.pixels, [_on(covered, box) for box in boxes], how)
    msg.data = bytes(data)


def _on(plane: Plane, box: Box) -> Box:
    """The box [px of the image] in rows and columns of a plane."""
    return box._replace(
        x=box.x / plane.across,
        width=box.width / plane.across,
        y=box.y / plane.down,
        height=box.height / plane.down,
    )


def _cover_compressed(msg: CompressedImage, boxes: Sequence[Box], how: str) -> None:
    data = bytes(msg.data)
    if data.startswith(b"\xff\xd8"):
        suffix = ".jpg"
    elif data.startswith(b"\x89PNG"):
        suffix = ".png"
    else:
        raise BadImage(f"format '{msg.format}' is neither JPEG nor PNG: it cannot be anonymized")
    if not boxes and is_bare(data):
        return
    image = decode_image(data, cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH)
    HeadAnonymizer.anonymize(image, boxes, how)
    msg.data = cv2.imencode(suffix, image, _QUALITY if suffix == ".jpg" else [])[1].tobytes()

"""Images of a bag leave with heads covered; pictures that cannot be covered do not leave."""

from __future__ import annotations

from typing import List, Sequence

import cv2
import rosbag

from lightweight_openpose.display.anonymize import HeadCovers
from lightweight_openpose.display.anonymizer import Anonymizer
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.ros.messages.pixels import planes_of
from lightweight_openpose.video.images import BadImage, decode_image

from .reading import read_messages
from .topics import IMAGES

# Messages with pictures of people that are not Image or CompressedImage.
_VIDEO = ("theora_image_transport/Packet", "ffmpeg_image_transport_msgs/FFMPEGPacket")
_CLOUD = "sensor_msgs/PointCloud2"
_DEPTH = ("16UC1", "32FC1")  # encodings of distances, not of pictures
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 95]


class Covering:
    """Covers the heads in the images of some topics, each topic by itself."""

    def __init__(self, estimator: PoseEstimator, topics: Sequence[str], how: str):
        """how: "blur" or "box". Raises ValueError for a skeleton without a head."""
        self._how = how
        self._cameras = {topic: Anonymizer(estimator, how) for topic in topics}
        self.estimator = self._cameras[topics[0]].estimator

    def shown(self, found: List[Pose]) -> List[Pose]:
        """Of the poses that `estimator` finds those that the given one finds."""
        return next(iter(self._cameras.values())).shown(found)

    def cover(self, topic: str, msg, found: List[Pose], tracked: List[Pose], stamp: float) -> None:
        """Cover the heads in a message of a topic, in place. Raises BadImage.

        found: by `estimator`; tracked: those that are shown, in their order, with their ids.
        """
        boxes = self._cameras[topic].boxes(found, tracked, stamp)
        if boxes:
            cover_message(msg, boxes, self._how)


def uncovered(bag: rosbag.Bag, topics: Sequence[str]) -> List[str]:
    """Topics of a bag with pictures of people that are not among those to cover.

    Depth images are no pictures in this sense, point clouds with colours are.
    """
    found = []
    for topic, info in bag.get_type_and_topic_info().topics.items():
        if topic in topics or not info.message_count:
            continue
        picture = info.msg_type in IMAGES and not _is_depth(_first(bag, topic))
        coloured = info.msg_type == _CLOUD and _has_colour(_first(bag, topic))
        if picture or coloured or info.msg_type in _VIDEO:
            found.append(topic)
    return sorted(found)


def _first(bag, topic):
    return next(msg for _, msg, _ in read_messages(bag, topics=[topic]))


def _is_depth(msg) -> bool:
    """By what an Image or CompressedImage says of itself: names of topics say little."""
    if hasattr(msg, "encoding"):
        return msg.encoding in _DEPTH
    return "compressedDepth" in msg.format


def _has_colour(cloud) -> bool:
    return any(field.name in ("rgb", "rgba") for field in cloud.fields)


def cover_message(msg, boxes, how: str) -> None:
    """Cover boxes [px] in a sensor_msgs/Image or CompressedImage, in place; its encoding stays.

    Raises BadImage for a compressed format other than JPEG and PNG.
    """
    if hasattr(msg, "encoding"):
        _cover_raw(msg, boxes, how)
    else:
        _cover_compressed(msg, boxes, how)


def _cover_raw(msg, boxes, how):
    data = bytearray(msg.data)
    for plane in planes_of(msg, data):
        HeadCovers.cover(plane.pixels, [_on(plane, box) for box in boxes], how)
    msg.data = bytes(data)


def _on(plane, box):
    """The box [px of the image] in rows and columns of a plane."""
    return box._replace(
        x=box.x / plane.across,
        width=box.width / plane.across,
        y=box.y / plane.down,
        height=box.height / plane.down,
    )


def _cover_compressed(msg, boxes, how):
    data = bytes(msg.data)
    if data.startswith(b"\xff\xd8"):
        suffix = ".jpg"
    elif data.startswith(b"\x89PNG"):
        suffix = ".png"
    else:
        raise BadImage(f"format '{msg.format}' is neither JPEG nor PNG: it cannot be covered")
    flags = cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH
    image = decode_image(data, flags)
    HeadCovers.cover(image, boxes, how)
    msg.data = cv2.imencode(suffix, image, _QUALITY if suffix == ".jpg" else [])[1].tobytes()

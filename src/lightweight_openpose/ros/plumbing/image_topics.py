"""Image subscription that always gives the newest frame."""

from __future__ import annotations

from typing import Type, Union

import rospy
from sensor_msgs.msg import CompressedImage, Image

from lightweight_openpose.video import BitsInUse

IMAGE_TYPES = ("sensor_msgs/Image", "sensor_msgs/CompressedImage")
# rospy drops old images only when its receive buffer holds more than one whole image.
BUFFER_BYTES = 1 << 26
# For poses and heads: all that came while a node was busy is read at once, and the newest are kept.
POSE_BYTES = 1 << 20


def image_topic(transport: str, name: str = "image") -> str:
    """Resolved topic of the images of `name`, with /compressed behind it for that transport."""
    topic = rospy.resolve_name(name)
    if transport == "compressed" and not topic.endswith("/compressed"):
        topic += "/compressed"
    return topic


def without_transport(topic: str) -> str:
    """The topic of the raw images of a camera, by that of its raw or compressed ones."""
    return topic[: -len("/compressed")] if topic.endswith("/compressed") else topic


def image_type(transport: str) -> Type[Union[CompressedImage, Image]]:
    """Message class of the images of a transport."""
    return CompressedImage if transport == "compressed" else Image


def bits_in_use(topic: str) -> BitsInUse:
    """The bits in use in images of a topic; what they are stretched from is logged once."""
    return BitsInUse(lambda text: rospy.loginfo("%s: %s: %s", rospy.get_name(), topic, text))


def why_no_images(topic: str) -> str:
    """The likely cause of a silent image topic in one sentence, by what the ROS master knows."""
    try:
        published = dict(rospy.get_published_topics())
        publishers = {t: nodes for t, nodes in rospy.get_master().getSystemState()[2][0]}
    except OSError:
        return "the ROS master does not answer"
    if topic in published:
        nodes = ", ".join(publishers.get(topic, ["?"]))
        return (
            f"published by {nodes} as {published[topic]}, but nothing arrives: is the camera "
            "running, does the type fit, can this machine reach that one (ROS_IP, ROS_HOSTNAME)?"
        )
    if topic + "/compressed" in published:
        return (
            f"nobody publishes it, but {topic}/compressed exists: "
            "set ~image_transport to compressed"
        )
    images = sorted(t for t, kind in published.items() if kind in IMAGE_TYPES)
    found = ", ".join(images) or "none"
    return f"nobody publishes it; image topics here: {found}; remap image:=<topic>"

"""Which topics of a bag are pictures that a camera took, and why others are not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Dict, List, Mapping, Sequence, Union

from .reading import BagReader, open_bag

if TYPE_CHECKING:
    from sensor_msgs.msg import CompressedImage, Image

IMAGES = ("sensor_msgs/Image", "sensor_msgs/CompressedImage")
POSES = "lightweight_openpose/HumanPoseArray"
_COMPRESSED = "/compressed"
_CUT_OUT = "/humans/"  # of topics: faces and bodies cut out of other images (REP-155)
# Parts of the names of topics, or of the nodes that published them, whose pictures were drawn upon.
_DRAWN = (
    "visualiz", "visualis", "annotat", "overlay", "detection", "detected", "debug", "dbg", "drawn",
    "result",
)  # fmt: skip
_UNDRAWN = "image_raw"  # what drivers of cameras call their topic
# Encodings that say nothing of a picture: distances, heat, flow. Others of OpenCV's types are taken
# as cameras mean them.
_NUMBERS = re.compile(r"(8|16|32|64)[USF]C\d+")
_PICTURES = ("8UC1", "8UC3", "8UC4")
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class ImageTopics:
    """The topics of a bag with images."""

    posed: List[str]  # one of each camera: their images get poses
    read: List[str]  # those, and with heads hidden the other forms of the same images
    left_out: Dict[str, str]  # topic without poses -> why, where nobody chose
    poses: Dict[str, str]  # of those with poses -> the topic on which these are
    counts: Dict[str, int]  # topic -> images; of all in the bag

    @property
    def images(self) -> int:
        """How many images are read."""
        return sum(self.counts[topic] for topic in self.read)


def choose_topics(
    path: Union[str, Path], wanted: Sequence[str] = (), anonymize: bool = False
) -> ImageTopics:
    """The topics to read: those wanted, else all of cameras. Raises ValueError.

    Raw and compressed images of one camera are the same: that form is taken of which there are
    more, then the raw one. anonymize: the heads in the other form are to be hidden, too.
    """
    with open_bag(path) as bag:
        counts = {t: bag.topics[t].count for t in bag.topics if bag.topics[t].datatype in IMAGES}
        types = {topic: given.datatype for topic, given in bag.topics.items()}
        missing = [topic for topic in wanted if topic not in counts]
        if missing:
            there = ", ".join(counts) or "none"
            raise ValueError(f"{path} has no images on {', '.join(missing)}; it has {there}")
        reasons = {} if wanted else {t: _why_no_camera(bag, t, n) for t, n in counts.items()}
    left_out = {topic: reason for topic, reason in reasons.items() if reason}
    chosen = [topic for topic in wanted or counts if topic not in left_out]
    main: Dict[str, str] = {}
    for topic in sorted(chosen, key=lambda t: (-counts[t], t != raw_topic(t))):
        main.setdefault(poses_topic(topic), topic)
    posed = [topic for topic in dict.fromkeys(chosen) if main[poses_topic(topic)] == topic]
    for topic in chosen:
        if topic not in posed:
            left_out[topic] = f"the images of {main[poses_topic(topic)]} in another form"
    read = list(dict.fromkeys(chosen)) if anonymize else posed
    poses = {topic: _free_topic(topic, types) for topic in posed}
    return ImageTopics(posed, read, left_out, poses, counts)


def _free_topic(topic: str, types: Mapping[str, str]) -> str:
    """Where the poses of an image topic go: to a name that no other node's messages have."""
    names = (poses_topic(topic), raw_topic(topic) + "/human_poses")
    free = (name for name in names if types.get(name, POSES) == POSES)
    return next(free, raw_topic(topic) + "/lightweight_openpose/poses")


def no_images(path: Union[str, Path], left_out: Mapping[str, str]) -> ValueError:
    """Error that says that a bag has no images of a camera, and what it has in their place."""
    if not left_out:
        return ValueError(f"{path} has no topic with images")
    there = ", ".join(f"{topic} ({reason})" for topic, reason in left_out.items())
    return ValueError(f"{path} has no images of a camera; --topics takes what it has: {there}")


def _why_no_camera(bag: BagReader, topic: str, count: int) -> str:
    """Why the images of a topic are not taken for a camera's; "" where they are."""
    if not count:
        return "without a message"
    if _CUT_OUT in topic:
        return "cut out of other images"
    first = next(bag.records([topic]))
    if first.kind is None:
        return f"another definition of {first.datatype} than the installed one"
    if _is_drawn(topic, first.header.get("callerid", b"").decode(errors="replace")):
        return "drawn by a node"
    try:
        return _why_no_picture(first.message())
    except ValueError:  # a damaged message says nothing; others may be good
        return ""


def _is_drawn(topic: str, publisher: str) -> bool:
    """By the names of the topic and of the node that published it, where that was kept."""
    by_driver = raw_topic(topic).endswith("/" + _UNDRAWN)
    names = publisher if by_driver else f"{topic} {publisher}"
    return any(part in names.lower() for part in _DRAWN)


def _why_no_picture(msg: Union[Image, CompressedImage]) -> str:
    """By what an Image or CompressedImage says of itself; names of topics say little."""
    if hasattr(msg, "encoding"):
        encoding = msg.encoding
    else:
        encoding = msg.format.split(";")[0].strip()
        if "compressedDepth" in msg.format:
            return "compressedDepth: distances"
        if encoding != "mono16" and _is_deep_png(msg.data):
            return "PNG of 16 bits: distances"
    if _NUMBERS.fullmatch(encoding) and encoding not in _PICTURES:
        return f"{encoding}: distances, or other numbers that are no picture"
    return ""


def _is_deep_png(data: bytes) -> bool:
    """Whether it is a PNG of one channel with 16 bits, by its header."""
    head = bytes(data[:26])
    return len(head) == 26 and head.startswith(_PNG) and (head[24], head[25]) == (16, 0)


def raw_topic(topic: str) -> str:
    """The topic without the name of the transport."""
    return topic[: -len(_COMPRESSED)] if topic.endswith(_COMPRESSED) else topic


def poses_topic(topic: str) -> str:
    """Topic for the poses of an image topic."""
    return raw_topic(topic) + "/poses"

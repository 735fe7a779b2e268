"""Which topics of a bag are pictures that a camera took."""

from __future__ import annotations

from typing import List, Sequence

import rosbag

IMAGES = ("sensor_msgs/Image", "sensor_msgs/CompressedImage")
_COMPRESSED = "/compressed"
_NO_COLOUR = ("depth", "disparity", "infra", "/ir/")  # parts of topics
_CUT_OUT = "/humans/"  # of topics: faces and bodies cut out of other images (REP-155)
# Parts of the names of topics, or of the nodes that published them, whose pictures were drawn upon.
_DRAWN = (
    "visualiz", "visualis", "annotat", "overlay", "detection", "detected", "debug", "dbg", "drawn",
    "result",
)  # fmt: skip


def open_bag(path):
    """Bag to read. Raises ValueError with the remedy."""
    try:
        return rosbag.Bag(str(path))
    except rosbag.ROSBagUnindexedException:
        raise ValueError(
            f"{path} has no index, its recording was cut off: run `rosbag reindex {path}`"
        ) from None
    except (rosbag.ROSBagException, OSError) as error:
        raise ValueError(f"{path} cannot be read as a bag: {error}") from None


def image_topics(path, wanted: Sequence[str] = (), to_cover: bool = False) -> List[str]:
    """Topics of colour images: those wanted, else all of cameras. Raises ValueError.

    Of raw and compressed the raw one; to_cover: both.
    """
    with open_bag(path) as bag:
        found = _images(bag)
        missing = [topic for topic in wanted if topic not in found]
        if missing:
            there = ", ".join(found) or "none"
            raise ValueError(f"{path} has no images on {', '.join(missing)}; it has {there}")
        drawn = [] if wanted else _drawn(bag)
    if wanted:
        return list(wanted)
    cameras = [topic for topic in _coloured(found) if topic not in drawn]
    if to_cover:
        return cameras
    return [t for t in cameras if raw_topic(t) == t or raw_topic(t) not in cameras]


def drawn_topics(path) -> List[str]:
    """Topics of images that a node drew upon, or cut out of others.

    They are told by the names of the topic and, where the recorder kept it, of the node that
    published it (callerid of the connection).
    """
    with open_bag(path) as bag:
        return _drawn(bag)


def no_images(path) -> ValueError:
    """Error that says that a bag has no images of a camera, and what it has in their place."""
    drawn = drawn_topics(path)
    if not drawn:
        return ValueError(f"{path} has no topic with colour images")
    return ValueError(
        f"{path} has no images of a camera; --topics takes what nodes drew: {', '.join(drawn)}"
    )


def _drawn(bag):
    return [topic for topic in _coloured(_images(bag)) if _is_drawn(topic, _publisher(bag, topic))]


def _coloured(topics):
    return [t for t in topics if not any(part in t.lower() for part in _NO_COLOUR)]


def _images(bag):
    topics = bag.get_type_and_topic_info().topics
    return sorted(topic for topic, info in topics.items() if info.msg_type in IMAGES)


def _is_drawn(topic, publisher) -> bool:
    names = f"{topic} {publisher}".lower()
    return _CUT_OUT in topic or any(part in names for part in _DRAWN)


def _publisher(bag, topic) -> str:
    """Name of the node that published the first message, "" where it was not kept."""
    messages = bag.read_messages(topics=[topic], raw=True, return_connection_header=True)
    for _, _, _, header in messages:
        name = header.get("callerid", "")
        return name.decode() if isinstance(name, bytes) else name
    return ""


def raw_topic(topic: str) -> str:
    """The topic without the name of the transport."""
    return topic[: -len(_COMPRESSED)] if topic.endswith(_COMPRESSED) else topic


def poses_topic(topic: str) -> str:
    """Topic for the poses of an image topic."""
    return raw_topic(topic) + "/poses"


def count_images(path, topics) -> int:
    """Messages of a bag on these topics."""
    with open_bag(path) as bag:
        return bag.get_message_count(topic_filters=topics) if topics else 0

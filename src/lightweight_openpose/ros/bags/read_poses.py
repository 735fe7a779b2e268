"""Poses out of a bag."""

from __future__ import annotations

from typing import Iterator

from lightweight_openpose.poses.pose_lines import Frame
from lightweight_openpose.ros.messages.people import msg_to_pose

from .reading import open_bag, read_messages

POSES = "lightweight_openpose/HumanPoseArray"


def read_frames(path, topic: str = "") -> Iterator[Frame]:
    """The frames of a bag; topic: of the poses, by default the first. Raises ValueError."""
    with open_bag(path) as bag:
        types = {t: info.msg_type for t, info in bag.get_type_and_topic_info().topics.items()}
        topics = sorted(t for t, kind in types.items() if kind == POSES)
        if not topics or topic and topic not in topics:
            wanted = f" on {topic}" if topic else ""
            raise ValueError(
                f"{path} has no poses{wanted}; it has them on "
                f"{', '.join(topics) or 'no topic'}; `pose bag` adds them"
            )
        messages = read_messages(bag, topics=[topic or topics[0]])
        for number, (_, msg, _) in enumerate(messages):
            poses = [msg_to_pose(person) for person in msg.poses]
            yield Frame(
                number,
                msg.header.stamp.to_sec(),
                msg.width,
                msg.height,
                msg.skeleton,
                poses,
                msg.model,
            )

"""Poses out of a bag."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Iterable, Iterator, Union

from lightweight_openpose.poses.pose_lines import Frame
from lightweight_openpose.ros.messages.people import read_people

from .reading import Record, open_bag
from .rosbag_patch import known_class
from .topics import POSES

if TYPE_CHECKING:
    from lightweight_openpose.msg import HumanPoseArray


def read_frames(path: Union[str, Path], topic: str = "") -> Iterator[Frame]:
    """The frames of a bag; topic: of the poses, by default the first. Raises ValueError."""
    with open_bag(path) as bag:
        topics = sorted(t for t, given in bag.topics.items() if given.datatype == POSES)
        if not topics or topic and topic not in topics:
            wanted = f" on {topic}" if topic else ""
            raise ValueError(
                f"{path} has no poses{wanted}; it has them on "
                f"{', '.join(topics) or 'no topic'}; `pose bag` adds them"
            )
        if known_class(POSES, bag.topics[topic or topics[0]].md5) is None:
            raise ValueError(
                f"{path} has poses of another version: `rosbag fix {path} NEW.bag` makes a bag for "
                "this one (it runs what the bag says: take it for bags whose author you trust)"
            )
        yield from _frames(path, bag.records([topic or topics[0]]))


def _frames(path: Union[str, Path], records: Iterable[Record]) -> Iterator[Frame]:
    """Frames of the messages that are whole; reports how many are not."""
    damaged = 0
    for number, record in enumerate(records):
        try:
            yield _frame(number, record.message())
        except ValueError:
            damaged += 1
    if damaged:
        print(f"{path}: damaged messages of poses: {damaged}, left out", file=sys.stderr)


def _frame(number: int, msg: HumanPoseArray) -> Frame:
    people = read_people(msg)
    stamp = people.header.stamp.to_sec()
    size = people.width, people.height
    return Frame(number, stamp, *size, people.skeleton, people.poses, people.model)

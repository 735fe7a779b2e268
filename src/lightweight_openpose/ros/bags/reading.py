"""Bags as they come: opened and read, or refused with the remedy."""

from __future__ import annotations

from typing import Iterator

import rosbag


def open_bag(path) -> rosbag.Bag:
    """Bag to read. Raises ValueError with the remedy."""
    try:
        return rosbag.Bag(str(path))
    except rosbag.ROSBagUnindexedException:
        raise ValueError(
            f"{path} has no index, its recording was cut off: run `rosbag reindex {path}`"
        ) from None
    except (rosbag.ROSBagException, OSError) as error:
        raise ValueError(f"{path} cannot be read as a bag: {error}") from None


def compression_of(bag: rosbag.Bag) -> str:
    """How most of a bag is compressed; a bag that is read says "none" of itself."""
    return bag.get_compression_info().compression


def read_messages(bag: rosbag.Bag, **which) -> Iterator[tuple]:
    """What `bag.read_messages(**which)` gives. Raises ValueError with the remedy."""
    try:
        yield from bag.read_messages(**which)
    except Exception as error:  # damage may come out as anything
        fault = (str(error) or type(error).__name__).splitlines()[0]
        if compression_of(bag) == "lz4":
            raise ValueError(
                f"{bag.filename} is compressed by lz4 in a way that ROS cannot read ({fault}); "
                "where the Python library rosbags wrote it, its "
                f"`rosbags-convert --src {bag.filename} --dst NEW.bag --compress bz2` makes a bag "
                "for ROS"
            ) from None
        raise ValueError(
            f"{bag.filename} is damaged ({fault}): try `rosbag reindex {bag.filename}`"
        ) from None

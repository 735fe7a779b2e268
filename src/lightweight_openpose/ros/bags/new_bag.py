"""The bag that has the poses beside everything else."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional

import numpy as np

from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.ros.messages.images import image_to_bgr
from lightweight_openpose.ros.messages.people import poses_to_msg
from lightweight_openpose.tracking.tracker import Tracker
from lightweight_openpose.video.ahead import ahead
from lightweight_openpose.video.bit_depth import BitsInUse
from lightweight_openpose.video.images import BadImage

from .covering import Covering, Gate
from .journal import Key
from .reading import Record, open_bag
from .topics import ImageTopics
from .writing import BagWriter


def write_bag(
    path,
    part,
    topics: ImageTopics,
    estimator: PoseEstimator,
    found: Dict[Key, Optional[List[Pose]]],
    track: bool,
    covering: Optional[Covering] = None,
    gate: Optional[Gate] = None,
) -> int:
    """Copy a bag to `part` with the poses in it; of how many images they were looked for.

    found: of each image of topics.read, by covering.estimator where heads are covered; None: the
    image could not be read. Poses of an earlier run on the same topics are replaced. covering and
    gate: where what leaves is covered.
    """
    replaced = set(topics.poses.values())
    numbers = dict.fromkeys(topics.read, 0)
    answered = 0
    bits = {topic: BitsInUse() for topic in topics.read}

    def read(record):
        """The record, and where it is an image with poses: its message, itself and them."""
        if record.topic not in numbers:
            return record, None
        poses = found[record.topic, numbers[record.topic]]
        numbers[record.topic] += 1
        if poses is None:
            return record, None
        msg = record.message()
        return record, _Image(msg, image_to_bgr(msg, bits[record.topic]), poses)

    with open_bag(path) as bag, BagWriter(part, bag.compression) as out:
        copy = _Copy(out, gate)
        images = _Images(out, copy, topics, estimator, track, covering)
        kept = (record for record in bag.records() if record.topic not in replaced)
        for record, image in ahead(map(read, kept)):
            if image is not None:
                images.add(record, image)
                answered += 1
            elif gate and record.topic in numbers and not gate.keeps(record.topic):
                gate.refuse(record.topic, "images that cannot be read")
            else:
                copy(record)
    return answered


class _Image(NamedTuple):
    msg: object  # of sensor_msgs
    pixels: np.ndarray  # (H, W, 3) uint8 BGR
    found: List[Pose]  # by covering.estimator where heads are covered


class _Copy:
    """Copies messages, where heads are covered only what cannot hold a picture."""

    def __init__(self, out: BagWriter, gate: Optional[Gate]):
        self._out = out
        self.gate = gate

    def __call__(self, record: Record) -> None:
        if self.gate is None:
            self._out.copy(record)
        elif self.gate.keeps(record.topic):
            self._out.copy(record, bare=True)
        else:
            data = self.gate.passed(record)
            if data is not None:
                self._out.copy(record, data, bare=True)

    def covered(self, record: Record, cover) -> None:
        """Copy an image with the bytes that cover() gives."""
        if self.gate is None or self.gate.keeps(record.topic):
            self(record)
            return
        try:
            self._out.copy(record, cover(), bare=True)
        except BadImage as error:
            self.gate.refuse(record.topic, str(error))


class _Images:
    """Copies images with their poses behind them."""

    def __init__(self, out, copy: _Copy, topics: ImageTopics, estimator, track, covering):
        self._out = out
        self._copy = copy
        self._topics = topics.poses
        self._estimator = estimator
        self._covering = covering
        skeleton = estimator.skeleton
        self._trackers = {t: Tracker(skeleton) if track else None for t in topics.read}
        self._before = Repeats()

    def add(self, record: Record, image: _Image) -> None:
        """Copy an image."""
        topic, (msg, pixels, found) = record.topic, image
        stamp = (record.time if msg.header.stamp.is_zero() else msg.header.stamp).to_sec()
        repeated = self._before.has(topic, msg)
        poses = self._covering.shown(found) if self._covering else found
        if self._trackers[topic] is not None and not repeated:
            poses = self._trackers[topic].update(poses, stamp, pixels)
        size = pixels.shape[:2]
        self._copy.covered(
            record, lambda: self._covering.covered(record, msg, found, poses, stamp)
        )
        if topic in self._topics and not repeated:
            skeleton, model = self._estimator.skeleton, self._estimator.model
            answer = poses_to_msg(poses, msg.header, *size, skeleton, model)
            self._out.add(self._topics[topic], answer, record.time)


class Repeats:
    """Tells whether the image before on a topic was the same one, recorded twice."""

    def __init__(self):
        self._last = {}  # topic -> time stamp and data

    def has(self, topic: str, msg) -> bool:
        """Whether an image message of a topic has the stamp and the data of the last one."""
        key = (msg.header.stamp, bytes(msg.data))
        same = not msg.header.stamp.is_zero() and self._last.get(topic) == key
        self._last[topic] = key
        return same

"""The bag that has the poses in addition to everything else."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple, Union

import genpy
import numpy as np

from lightweight_openpose.estimation import PoseEstimator
from lightweight_openpose.estimation.in_order import estimates
from lightweight_openpose.poses import Pose
from lightweight_openpose.poses.people import People
from lightweight_openpose.ros.messages.images import image_to_bgr
from lightweight_openpose.ros.messages.people import people_to_msg
from lightweight_openpose.tracking import make_tracker, with_ids
from lightweight_openpose.video import BadImage, BitsInUse
from lightweight_openpose.video.ahead import ahead

from .anonymize import BagAnonymizer, Gate
from .journal import Journal, Key
from .reading import Record, open_bag
from .topics import ImageTopics
from .writing import BagWriter

# So much of what lies between two images is held at a time.
BATCH = 1 << 24  # bytes
BATCH_RECORDS = 1000


def write_bag(
    path: Union[str, Path],
    part: Path,
    topics: ImageTopics,
    estimator: PoseEstimator,
    journal: Journal,
    tracker: str,
    anonymizer: Optional[BagAnonymizer] = None,
    gate: Optional[Gate] = None,
    on_image: Callable[[], object] = lambda: None,
) -> int:
    """Copy a bag to `part` with the poses in it; in how many images they were looked for.

    The images of topics.read are looked at, by anonymizer.estimator where heads are hidden, but for
    those that the journal knows; it gets the others, None where an image cannot be read. Poses of
    an earlier run on the same topics are replaced. anonymizer and gate: for an anonymized output.
    on_image() is called for each image.
    """
    replaced = set(topics.poses.values())
    finder = anonymizer.estimator if anonymizer else estimator
    answered = 0

    def unknown(batch: _Batch) -> Optional[np.ndarray]:
        image = batch.image
        return None if image is None or image.key in journal.poses else image.pixels

    with open_bag(path) as bag, BagWriter(part, bag.compression) as out:
        copy = _Copy(out, gate)
        images = _Images(out, copy, topics, estimator, tracker, anonymizer)
        kept = (record for record in bag.records() if record.topic not in replaced)
        for batch, estimate in estimates(finder, ahead(_batches(kept, topics.read)), unknown):
            for record in batch.others:
                copy(record)
            image = batch.image
            if image is None:
                continue
            if image.key not in journal.poses:
                found = estimate and finder.complete(estimate.seen, estimate.people)
                journal.add(image.key, found)
            found = journal.poses[image.key]
            if found is not None and image.pixels is not None:
                images.add(image.record, image.msg, image.pixels, found)
                answered += 1
            elif gate and not gate.keeps(image.record.topic):
                gate.refuse(image.record.topic, "images that cannot be read")
            else:
                copy(image.record)
            on_image()
    return answered


class _Image(NamedTuple):
    key: Key
    record: Record
    msg: Any  # of sensor_msgs, None where it cannot be read
    pixels: Optional[np.ndarray]  # (H, W, 3) uint8 BGR, likewise


class _Batch(NamedTuple):
    others: List[Record]
    image: Optional[_Image]  # that follows them, None: there were too many before the next one


def _batches(records: Iterable[Record], topics: Iterable[str]) -> Iterator[_Batch]:
    """All records in their order; each image of the topics comes with what lies before it."""
    numbers = dict.fromkeys(topics, 0)
    bits = {topic: BitsInUse() for topic in numbers}
    others: List[Record] = []
    size = 0
    for record in records:
        if record.topic in numbers:
            key = record.topic, numbers[record.topic]
            numbers[record.topic] += 1
            yield _Batch(others, _read(record, key, bits[record.topic]))
        else:
            others.append(record)
            size += len(record.data)
            if size < BATCH and len(others) < BATCH_RECORDS:
                continue
            yield _Batch(others, None)
        others, size = [], 0
    yield _Batch(others, None)


def _read(record: Record, key: Key, bits: BitsInUse) -> _Image:
    try:
        msg = record.message()
        return _Image(key, record, msg, image_to_bgr(msg, bits))
    except ValueError:  # a BadImage, or damaged in the bag, or of another type
        return _Image(key, record, None, None)


class _Copy:
    """Copies messages; into an anonymized bag only what cannot hold a picture."""

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

    def with_data(self, record: Record, data: bytes) -> None:
        """Copy a message with other bytes of the same type."""
        self._out.copy(record, data, bare=True)


class _Images:
    """Copies images with their poses behind them."""

    def __init__(
        self,
        out: BagWriter,
        copy: _Copy,
        topics: ImageTopics,
        estimator: PoseEstimator,
        tracker: str,
        anonymizer: Optional[BagAnonymizer],
    ):
        self._out = out
        self._copy = copy
        self._topics = topics.poses
        self._estimator = estimator
        self._anonymizer = anonymizer
        skeleton = estimator.skeleton
        self._trackers = {
            topic: make_tracker(tracker, skeleton) if tracker else None for topic in topics.read
        }
        self._before = Repeats()

    def add(self, record: Record, msg: Any, pixels: np.ndarray, found: List[Pose]) -> None:
        """Copy an image.

        msg: the record's, of sensor_msgs; pixels: (H, W, 3) uint8 BGR; found: by
        anonymizer.estimator where heads are hidden.
        """
        topic = record.topic
        stamp = (record.time if msg.header.stamp.is_zero() else msg.header.stamp).to_sec()
        repeated = self._before.has(topic, msg)
        shown = self._anonymizer.shown(found) if self._anonymizer else found
        height, width = pixels.shape[:2]
        skeleton, model = self._estimator.skeleton, self._estimator.model
        people = People(tuple(shown), (width, height), skeleton, stamp, model)
        tracker = self._trackers[topic]
        if tracker is not None and not repeated:
            people = with_ids(tracker, people, stamp, pixels)
        gate, anonymizer = self._copy.gate, self._anonymizer
        if gate is None or anonymizer is None or gate.keeps(topic):
            self._copy(record)
        else:
            try:
                data = anonymizer.anonymized(record, msg, found, people, stamp)
            except BadImage as error:
                gate.refuse(topic, str(error))
            else:
                self._copy.with_data(record, data)
        if topic in self._topics and not repeated:
            answer = people_to_msg(people, msg.header)
            self._out.add(self._topics[topic], answer, record.time)


class Repeats:
    """Tells whether the image before on a topic was the same one, recorded twice."""

    def __init__(self) -> None:
        self._last: Dict[str, Tuple[genpy.Time, bytes]] = {}  # by topic: time stamp and data

    def has(self, topic: str, msg: Any) -> bool:
        """Whether an image message of a topic has the stamp and the data of the last one."""
        key = (msg.header.stamp, bytes(msg.data))
        same = not msg.header.stamp.is_zero() and self._last.get(topic) == key
        self._last[topic] = key
        return same

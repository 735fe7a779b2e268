"""Poses of the images in a bag, as fast as the network goes."""

from __future__ import annotations

import os
import queue
import threading
from pathlib import Path
from typing import Callable, List, Optional

import rosbag

from lightweight_openpose.display.anonymize import OFF
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.ros.messages.images import image_to_bgr
from lightweight_openpose.ros.messages.people import poses_to_msg
from lightweight_openpose.tracking.tracker import Tracker
from lightweight_openpose.video.bit_depth import BitsInUse
from lightweight_openpose.video.images import BadImage

from .covering import Covering, uncovered
from .journal import Journal
from .reading import compression_of, open_bag, read_messages
from .tables import write_tables
from .topics import choose_topics, count_images, no_images, poses_topic

_AHEAD = 4  # images decoded while the network runs


def process_bag(
    path,
    output,
    estimator: PoseEstimator,
    settings: dict,
    topics=(),
    track=True,
    tables=(),
    on_frame: Callable[[], None] = lambda: None,
    anonymize: str = OFF,
) -> dict:
    """Write `output`: the bag's messages as they are, and their poses at the images' times.

    Poses are HumanPoseArrays on <image topic>/poses. settings: of the estimator, as JSON; a journal
    beside the output goes on only with the same. tables: "csv", "parquet". on_frame() is called for
    each image. anonymize: "blur" or "box": heads are covered in the images of the output, and
    pictures that cannot be covered are left out of it. Returns counts. A run that is killed goes on
    where it was, with the same result; an output that exists is complete and is left alone, and
    gets the tables that it lacks.
    """
    path, output = Path(path), Path(output)
    chosen = choose_topics(path, topics, to_cover=anonymize != OFF)
    topics = chosen.read
    if not topics:
        raise no_images(path, chosen.left_out)
    journal_path = output.with_suffix(".journal")
    if output.exists():
        if journal_path.exists():  # the last run ended just before it removed this
            journal_path.unlink()
        missing = [kind for kind in tables if not _table(output, kind).exists()]
        _write_tables(output, chosen.posed, estimator, output, missing)
        return {
            "bag": str(path),
            "output": str(output),
            "images": count_images(path, topics),
            "bad": 0,
            "no_poses": chosen.left_out,
            "left_out": [],
            "tables": [str(_table(output, kind)) for kind in missing],
            "skipped": True,
        }
    covering = Covering(estimator, topics, anonymize) if anonymize != OFF else None
    finder = covering.estimator if covering else estimator
    output.parent.mkdir(parents=True, exist_ok=True)
    journal = Journal(journal_path, dict(settings, bag=path.name, bytes=path.stat().st_size))
    try:
        _infer(path, topics, finder, journal, on_frame)
        part = output.with_suffix(".part")
        left_out = _pictures_left_out(path, topics) if covering else []
        images = _write_bag(
            path, part, chosen, left_out, estimator, journal, track, covering
        )
        _write_tables(part, chosen.posed, estimator, output, tables)
        os.replace(str(part), str(output))
        bad = sum(poses is None for poses in journal.poses.values())
        journal_path.unlink()
    finally:
        journal.close()
    return {
        "bag": str(path),
        "output": str(output),
        "images": images + bad,
        "bad": bad,
        "no_poses": chosen.left_out,
        "left_out": left_out,
        "tables": [str(_table(output, kind)) for kind in tables],
        "skipped": False,
    }


def _table(output, kind) -> Path:
    return output.with_suffix("." + kind)


def _write_tables(bag, topics, estimator, output, kinds):
    """Tables beside the output, of the poses that a bag has for these image topics."""
    for kind in kinds:
        messages = _poses_in(bag, topics)
        write_tables(messages, estimator.skeleton, _table(output, kind))


def _poses_in(path, topics):
    """(topic, bag time, HumanPoseArray)."""
    with open_bag(path) as bag:
        messages = read_messages(bag, topics=[poses_topic(topic) for topic in topics])
        yield from ((topic, time, msg) for topic, msg, time in messages)


def images_of(path, topics, known):
    """(key, image or BadImage) of the bag; images whose key is known come as None."""
    numbers = dict.fromkeys(topics, 0)
    bits = {topic: BitsInUse() for topic in topics}
    with open_bag(path) as bag:
        for topic, raw, _ in read_messages(bag, topics=topics, raw=True):
            key = topic, numbers[topic]
            numbers[topic] += 1
            if key in known:
                yield key, None
                continue
            try:
                yield key, image_to_bgr(raw[4]().deserialize(raw[1]), bits[topic])
            except BadImage as error:
                yield key, error
            except Exception as error:  # a message that is damaged in the bag
                yield key, BadImage(f"{type(error).__name__}: {error}")


def _ahead(items):
    """The same items, made by another thread a few ahead of their use."""
    made, end = queue.Queue(_AHEAD), object()
    failure: List[Optional[BaseException]] = [None]

    def make():
        try:
            for item in items:
                made.put(item)
        except Exception as error:  # raised where the items are used
            failure[0] = error
        made.put(end)

    threading.Thread(target=make, daemon=True).start()
    for item in iter(made.get, end):
        yield item
    if failure[0] is not None:
        raise failure[0]


def _infer(path, topics, estimator, journal, on_frame):
    known = dict(journal.poses)
    for key, image in _ahead(images_of(path, topics, known)):
        if image is not None:
            journal.add(key, None if isinstance(image, BadImage) else estimator(image))
        on_frame()


def _pictures_left_out(path, topics):
    with open_bag(path) as bag:
        return uncovered(bag, topics)


def _write_bag(path, part, topics, left_out, estimator, journal, track, covering):
    """Copy the bag with the poses in it; of how many images they were looked for.

    Poses of an earlier run on the same topics are replaced.
    """
    replaced = {poses_topic(topic) for topic in topics.posed}
    numbers = dict.fromkeys(topics.read, 0)
    bits = {topic: BitsInUse() for topic in topics.read}
    skeleton = estimator.skeleton
    answered = 0
    trackers = {t: Tracker(skeleton) if track else None for t in topics.read}
    before = Repeats()
    with open_bag(path) as bag, rosbag.Bag(
        str(part), "w", compression=compression_of(bag)
    ) as out:
        for topic, raw, time, header in read_messages(
            bag, raw=True, return_connection_header=True
        ):
            if topic in left_out or topic in replaced:
                continue
            found = None
            if topic in numbers:
                found = journal.poses[topic, numbers[topic]]
                numbers[topic] += 1
            if found is None:
                # What cannot be read cannot be covered either.
                if covering is None or topic not in numbers:
                    out.write(topic, raw, time, raw=True, connection_header=header)
                continue
            msg = raw[4]().deserialize(raw[1])
            image = image_to_bgr(msg, bits[topic])
            stamp = time if msg.header.stamp.is_zero() else msg.header.stamp
            repeated = before.has(topic, msg)
            poses = covering.shown(found) if covering else found
            if trackers[topic] is not None and not repeated:
                poses = trackers[topic].update(poses, stamp.to_sec(), image)
            if covering is None:
                out.write(topic, raw, time, raw=True, connection_header=header)
            else:
                covering.cover(topic, msg, found, poses, stamp.to_sec())
                out.write(topic, msg, time, connection_header=header)
            if topic in topics.posed and not repeated:
                size = image.shape[:2]
                answer = poses_to_msg(poses, msg.header, *size, skeleton, estimator.model)
                out.write(poses_topic(topic), answer, time)
            answered += 1
    return answered


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

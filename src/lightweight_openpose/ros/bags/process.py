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
from lightweight_openpose.video.images import BadImage

from .covering import Covering, uncovered
from .journal import Journal
from .tables import write_tables

IMAGES = ("sensor_msgs/Image", "sensor_msgs/CompressedImage")
_COMPRESSED = "/compressed"
_NO_COLOUR = ("depth", "disparity", "infra", "/ir/")  # parts of topics
_MADE_HERE = ("/humans/", "pose_visualizer/image")  # of pictures that nodes made of others
_AHEAD = 4  # images decoded while the network runs


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


def image_topics(path, wanted=(), to_cover=False) -> List[str]:
    """Topics of colour images: those wanted, else all that are not depth.

    Of raw and compressed the raw one. to_cover: both, but none that the package's nodes made.
    """
    with open_bag(path) as bag:
        topics = bag.get_type_and_topic_info().topics
    found = sorted(t for t, info in topics.items() if info.msg_type in IMAGES)
    missing = [t for t in wanted if t not in found]
    if missing:
        there = ", ".join(found) or "none"
        raise ValueError(f"{path} has no images on {', '.join(missing)}; it has {there}")
    if wanted:
        return list(wanted)
    colour = [t for t in found if not any(part in t.lower() for part in _NO_COLOUR)]
    if to_cover:
        return [t for t in colour if not any(part in t for part in _MADE_HERE)]
    return [t for t in colour if _raw_topic(t) == t or _raw_topic(t) not in colour]


def _raw_topic(topic: str) -> str:
    return topic[: -len(_COMPRESSED)] if topic.endswith(_COMPRESSED) else topic


def poses_topic(topic: str) -> str:
    """Topic for the poses of an image topic."""
    return _raw_topic(topic) + "/poses"


def count_images(path, topics) -> int:
    """Messages of a bag on these topics."""
    with open_bag(path) as bag:
        return bag.get_message_count(topic_filters=topics) if topics else 0


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
    where it was, with the same result; an output that exists is complete and is left alone.
    """
    path, output = Path(path), Path(output)
    topics = image_topics(path, topics, to_cover=anonymize != OFF)
    if not topics:
        raise ValueError(f"{path} has no topic with colour images")
    journal_path = output.with_suffix(".journal")
    if output.exists():
        if journal_path.exists():  # the last run ended just before it removed this
            journal_path.unlink()
        return {
            "bag": str(path),
            "output": str(output),
            "images": count_images(path, topics),
            "bad": 0,
            "left_out": [],
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
        messages = _write_bag(
            path, part, topics, left_out, estimator.skeleton, journal, track, covering
        )
        for kind in tables:
            write_tables(messages, estimator.skeleton, output.with_suffix("." + kind))
        os.replace(str(part), str(output))
        bad = sum(poses is None for poses in journal.poses.values())
        journal_path.unlink()
    finally:
        journal.close()
    return {
        "bag": str(path),
        "output": str(output),
        "images": len(messages) + bad,
        "bad": bad,
        "left_out": left_out,
        "skipped": False,
    }


def images_of(path, topics, known):
    """(key, image or BadImage) of the bag; images whose key is known come as None."""
    numbers = dict.fromkeys(topics, 0)
    with open_bag(path) as bag:
        for topic, raw, _ in bag.read_messages(topics=topics, raw=True):
            key = topic, numbers[topic]
            numbers[topic] += 1
            if key in known:
                yield key, None
                continue
            try:
                yield key, image_to_bgr(raw[4]().deserialize(raw[1]))
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


def _write_bag(path, part, topics, left_out, skeleton, journal, track, covering):
    """Copy the bag with the poses in it; the HumanPoseArrays with their topic and time."""
    numbers, written = dict.fromkeys(topics, 0), []
    trackers = {t: Tracker(skeleton) if track else None for t in topics}
    with open_bag(path) as bag, rosbag.Bag(str(part), "w", compression=bag.compression) as out:
        for topic, raw, time, header in bag.read_messages(raw=True, return_connection_header=True):
            if topic in left_out:
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
            image = image_to_bgr(msg)
            poses = covering.shown(found) if covering else found
            if trackers[topic] is not None:
                poses = trackers[topic].update(poses, msg.header.stamp.to_sec(), image)
            answer = poses_to_msg(poses, msg.header, image.shape[0], image.shape[1], skeleton)
            if covering is None:
                out.write(topic, raw, time, raw=True, connection_header=header)
            else:
                stamp = time if msg.header.stamp.is_zero() else msg.header.stamp
                covering.cover(topic, msg, found, poses, stamp.to_sec())
                out.write(topic, msg, time, connection_header=header)
            out.write(poses_topic(topic), answer, time)
            written.append((poses_topic(topic), time, answer))
    return written

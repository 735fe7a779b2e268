"""Poses of the images in a bag, as fast as the network goes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable, Collection, Sequence

from lightweight_openpose.display.anonymize import OFF
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.in_order import estimates
from lightweight_openpose.ros.messages.images import image_to_bgr
from lightweight_openpose.video.ahead import ahead
from lightweight_openpose.video.bit_depth import BitsInUse
from lightweight_openpose.video.images import BadImage

from .covering import Covering, Gate
from .journal import Journal
from .new_bag import write_bag
from .reading import open_bag
from .tables import write_tables
from .topics import ImageTopics, choose_topics, count_images, no_images


def process_bag(
    path,
    output,
    estimator: PoseEstimator,
    settings: dict,
    topics: Sequence[str] = (),
    track: bool = True,
    tables: Sequence[str] = (),
    on_frame: Callable[[], object] = lambda: None,
    anonymize: str = OFF,
    keep: Collection[str] = (),
) -> dict:
    """Write `output`: the bag's messages as they are, and their poses at the images' times.

    Poses are HumanPoseArrays on <image topic>/poses. settings: of the estimator, as JSON; a journal
    beside the output goes on only with the same. tables: "csv", "parquet". on_frame() is called for
    each image. anonymize: "blur" or "box": heads are covered in the images of the output, and what
    might hold a picture otherwise is left out of it, but for the topics `keep`. Returns counts. A
    run that is killed goes on where it was, with the same result; an output that exists is complete
    and is left alone, and gets the tables that it lacks. Raises ValueError for a bag that cannot be
    read or has no images.
    """
    path, output = Path(path), Path(output)
    chosen = choose_topics(path, topics, to_cover=anonymize != OFF)
    if not chosen.read:
        raise no_images(path, chosen.left_out)
    _check_kept(path, keep)
    result = {"bag": str(path), "output": str(output), "no_poses": chosen.left_out}
    journal_path = output.with_suffix(".journal")
    if output.exists():
        if journal_path.exists():  # the last run ended just before it removed this
            journal_path.unlink()
        missing = [kind for kind in tables if not _table(output, kind).exists()]
        _write_tables(output, chosen, estimator, output, missing)
        images, bad, left_out = count_images(path, chosen.read), 0, {}
        tables, skipped = missing, True
    else:
        gate = Gate(keep) if anonymize != OFF else None
        covering = Covering(estimator, chosen.read, anonymize) if gate else None
        output.parent.mkdir(parents=True, exist_ok=True)
        journal = Journal(journal_path, dict(settings, bag=path.name, bytes=path.stat().st_size))
        try:
            finder = covering.estimator if covering else estimator
            _infer(path, chosen.read, finder, journal, on_frame)
            part = output.with_suffix(".part")  # of one process: the journal is locked
            images = write_bag(path, part, chosen, estimator, journal.poses, track, covering, gate)
            _write_tables(part, chosen, estimator, output, tables)
            os.replace(str(part), str(output))
            bad = sum(poses is None for poses in journal.poses.values())
            images += bad
            journal_path.unlink()
        finally:
            journal.close()
        left_out, skipped = gate.left_out if gate else {}, False
    written = [str(_table(output, kind)) for kind in tables]
    return dict(
        result, images=images, bad=bad, left_out=left_out, tables=written, skipped=skipped
    )


def _check_kept(path, keep):
    with open_bag(path) as bag:
        missing = sorted(set(keep) - set(bag.topics))
        if missing:
            there = ", ".join(sorted(bag.topics))
            raise ValueError(f"{path} has no topic {', '.join(missing)} to keep; it has {there}")


def _table(output, kind) -> Path:
    return output.with_suffix("." + kind)


def _write_tables(bag, topics: ImageTopics, estimator, output, kinds):
    """Tables beside the output, of the poses that a bag has for these image topics."""
    for kind in kinds:
        messages = _poses_in(bag, list(topics.poses.values()))
        write_tables(messages, estimator.skeleton, _table(output, kind))


def _poses_in(path, topics):
    """(topic, bag time, HumanPoseArray)."""
    with open_bag(path) as bag:
        yield from ((r.topic, r.time, r.message()) for r in bag.records(topics))


def images_of(path, topics, known):
    """(key, image or BadImage) of the bag; images whose key is known come as None."""
    numbers = dict.fromkeys(topics, 0)
    bits = {topic: BitsInUse() for topic in topics}
    with open_bag(path) as bag:
        for record in bag.records(topics):
            key = record.topic, numbers[record.topic]
            numbers[record.topic] += 1
            yield key, None if key in known else _image(record, bits[record.topic])


def _image(record, bits):
    try:
        return image_to_bgr(record.message(), bits)
    except BadImage as error:
        return error
    except ValueError as error:  # damaged in the bag, or of another type
        return BadImage(str(error))


def _infer(path, topics, estimator, journal, on_frame):
    known = dict(journal.poses)

    def image_of(item):
        return None if isinstance(item[1], BadImage) else item[1]

    images = ahead(images_of(path, topics, known))
    for (key, image), estimate in estimates(estimator, images, image_of):
        if image is not None:
            journal.add(key, estimate and estimator.complete(estimate.seen, estimate.people))
        on_frame()

"""Poses of the images in a bag, as fast as the network goes."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Callable, Collection, Optional, Sequence

from lightweight_openpose.display.anonymize import OFF
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.poses.skeleton import Skeleton
from lightweight_openpose.poses.skeleton_map import check_shared
from lightweight_openpose.tracking.choice import DEFAULT

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
    tracker: str = DEFAULT,
    tables: Sequence[str] = (),
    on_frame: Callable[[], object] = lambda: None,
    anonymize: str = OFF,
    keep: Collection[str] = (),
    table_skeleton: Optional[Skeleton] = None,
) -> dict:
    """Write `output`: the bag's messages as they are, and their poses at the images' times.

    Poses are HumanPoseArrays on <image topic>/poses. settings: of the estimator, as JSON; a journal
    beside the output goes on only with the same. tracker: its name, "" for none. tables: "csv",
    "parquet". on_frame() is called for each image. anonymize: "blur" or "box": heads are covered in
    the images of the output, and what might hold a picture otherwise is left out of it, but for the
    topics `keep`. table_skeleton: whose joints are the columns of the tables; None: the
    estimator's, hands and face. Returns counts. A run that is killed goes on where it was, with the
    same result; an output that exists is complete and is left alone, and gets the tables that it
    lacks. Raises ValueError for a bag that cannot be read or has no images, and for a
    table_skeleton without a joint of the estimator's.
    """
    path, output = Path(path), Path(output)
    if table_skeleton is not None:
        check_shared(estimator.skeleton, table_skeleton)
    paths = [_table(output, kind, table_skeleton) for kind in tables]
    chosen = choose_topics(path, topics, to_cover=anonymize != OFF)
    if not chosen.read:
        raise no_images(path, chosen.left_out)
    _check_kept(path, keep)
    result = {"bag": str(path), "output": str(output), "no_poses": chosen.left_out}
    journal_path = output.with_suffix(".journal")
    if output.exists():
        if journal_path.exists():  # the last run ended just before it removed this
            journal_path.unlink()
        paths = [table for table in paths if not table.exists()]
        _write_tables(output, chosen, estimator, paths, table_skeleton)
        images, bad, left_out = count_images(path, chosen.read), 0, {}
        skipped = True
    else:
        gate = Gate(keep) if anonymize != OFF else None
        covering = Covering(estimator, chosen.read, anonymize) if gate else None
        output.parent.mkdir(parents=True, exist_ok=True)
        journal = Journal(journal_path, dict(settings, bag=path.name, bytes=path.stat().st_size))
        try:
            part = output.with_suffix(".part")  # of one process: the journal is locked
            images = write_bag(
                path, part, chosen, estimator, journal, tracker, covering, gate, on_frame
            )
            _write_tables(part, chosen, estimator, paths, table_skeleton)
            os.replace(str(part), str(output))
            bad = sum(poses is None for poses in journal.poses.values())
            images += bad
            journal_path.unlink()
        finally:
            journal.close()
        left_out, skipped = gate.left_out if gate else {}, False
    written = [str(table) for table in paths]
    return dict(result, images=images, bad=bad, left_out=left_out, tables=written, skipped=skipped)


def _check_kept(path, keep):
    with open_bag(path) as bag:
        missing = sorted(set(keep) - set(bag.topics))
        if missing:
            there = ", ".join(sorted(bag.topics))
            raise ValueError(f"{path} has no topic {', '.join(missing)} to keep; it has {there}")


def _table(output, kind, skeleton) -> Path:
    """Of each skeleton another file, so that a table of one is not taken for that of the other."""
    name = "" if skeleton is None else "." + re.sub(r"[^\w-]", "_", skeleton.name)
    return output.with_name(f"{output.stem}{name}.{kind}")


def _write_tables(bag, topics: ImageTopics, estimator, paths, skeleton):
    """Tables of the poses that a bag has for these image topics."""
    for path in paths:
        messages = _poses_in(bag, list(topics.poses.values()))
        write_tables(messages, estimator.skeleton, path, skeleton)


def _poses_in(path, topics):
    """(topic, bag time, HumanPoseArray)."""
    with open_bag(path) as bag:
        yield from ((r.topic, r.time, r.message()) for r in bag.records(topics))

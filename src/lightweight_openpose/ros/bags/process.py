"""Poses of the images in a bag, as fast as the network goes."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Callable, Iterable, Iterator, Optional, Sequence

from lightweight_openpose.estimation import PoseEstimator
from lightweight_openpose.poses import Skeleton, check_shared

from .anonymize import BagAnonymizer, Gate
from .job import BagJob, BagReport
from .journal import Journal
from .new_bag import write_bag
from .reading import open_bag
from .tables import Recorded, write_tables
from .topics import ImageTopics, choose_topics, no_images


def process_bag(
    job: BagJob, estimator: PoseEstimator, on_image: Callable[[], object] = lambda: None
) -> BagReport:
    """Write the output: the bag's messages as they are, and their poses at the images' times.

    Poses are HumanPoseArrays on <image topic>/poses. A journal next to the output goes on only with
    the same settings. on_image() is called for each image. Where heads are hidden, what might hold
    a picture otherwise is left out, but for the topics to keep. A run that is killed goes on where
    it was, with the same result; an output that exists is complete and is left alone, and gets the
    tables that it lacks. Raises ValueError for a bag that cannot be read or has no images, and for
    a table_skeleton without a joint of the estimator's.
    """
    if job.table_skeleton is not None:
        check_shared(estimator.skeleton, job.table_skeleton)
    topics = choose_topics(job.bag, job.topics, anonymize=job.covers)
    if not topics.read:
        raise no_images(job.bag, topics.left_out)
    _check_kept(job)
    tables = [_table(job.output, kind, job.table_skeleton) for kind in job.tables]
    journal_path = job.output.with_suffix(".journal")
    report = BagReport(job.bag, job.output, images=topics.images, no_poses=topics.left_out)
    if job.output.exists():
        if journal_path.exists():  # the last run ended just before it removed this
            journal_path.unlink()
        tables = [table for table in tables if not table.exists()]
        _write_tables(job, job.output, topics, estimator, tables)
        return replace(report, skipped=True, tables=tables)
    gate = Gate(job.keep) if job.covers else None
    anonymizer = BagAnonymizer(estimator, topics.read, job.anonymize) if job.covers else None
    job.output.parent.mkdir(parents=True, exist_ok=True)
    of_bag = {"bag": job.bag.name, "bytes": job.bag.stat().st_size}
    journal = Journal(journal_path, {**job.settings, **of_bag})
    try:
        part = job.output.with_suffix(".part")  # of one process: the journal is locked
        answered = write_bag(
            job.bag, part, topics, estimator, journal, job.tracker, anonymizer, gate, on_image
        )
        _write_tables(job, part, topics, estimator, tables)
        os.replace(str(part), str(job.output))
        bad = sum(poses is None for poses in journal.poses.values())
        journal_path.unlink()
    finally:
        journal.close()
    left_out = {} if gate is None else gate.left_out
    return replace(report, images=answered + bad, bad=bad, tables=tables, left_out=left_out)


def _check_kept(job: BagJob) -> None:
    if not job.keep:
        return
    with open_bag(job.bag) as bag:
        missing = sorted(set(job.keep) - set(bag.topics))
        if missing:
            there = ", ".join(sorted(bag.topics))
            raise ValueError(f"{job.bag} has no topic {', '.join(missing)} to keep; it has {there}")


def _table(output: Path, kind: str, skeleton: Optional[Skeleton]) -> Path:
    """The table's file: one per skeleton, so that none is taken for that of another."""
    name = "" if skeleton is None else "." + re.sub(r"[^\w-]", "_", skeleton.name)
    return output.with_name(f"{output.stem}{name}.{kind}")


def _write_tables(
    job: BagJob, bag: Path, topics: ImageTopics, estimator: PoseEstimator, paths: Iterable[Path]
) -> None:
    """Tables of the poses that a bag has for these image topics."""
    for path in paths:
        messages = _poses_in(bag, list(topics.poses.values()))
        write_tables(messages, estimator.skeleton, path, job.table_skeleton)


def _poses_in(path: Path, topics: Sequence[str]) -> Iterator[Recorded]:
    with open_bag(path) as bag:
        yield from ((r.topic, r.time, r.message()) for r in bag.records(topics))

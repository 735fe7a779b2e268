"""Run the estimator over the images of bags, as fast as it goes.

New bags have the poses in addition to the original topics. Poses go to <image topic>/poses, at the
times of the images and with their headers. A run that was killed goes on with the same command.
Several bags are processed at a time with --workers, or on a Dask cluster with --scheduler (its
workers see the same files).
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING, Iterable, Iterator, Optional, Sequence

from lightweight_openpose.display.anonymize import OFF
from lightweight_openpose.poses import find_skeleton
from lightweight_openpose.ros.bags.job import BagJob, BagReport
from lightweight_openpose.ros.settings.pose_visualizer import PoseVisualizerSettings

from .bag_cluster import on_cluster
from .bag_report import failure, in_words
from .options import (
    add_decoding_arguments,
    add_estimator_arguments,
    add_face_arguments,
    add_hands_arguments,
    add_output_skeleton_argument,
    add_setting,
    add_tracker_argument,
    estimator_options,
    load_estimator,
    whole_number,
)

if TYPE_CHECKING:
    from tqdm import tqdm

RETRIES = 3  # of a bag whose worker died


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `pose bag`."""
    parser.add_argument("bags", nargs="+", type=Path)
    parser.add_argument(
        "--output", type=Path, help="folder for the new bags (default: next to each bag)"
    )
    parser.add_argument(
        "--topics",
        nargs="+",
        default=[],
        help="image topics (default: those of cameras, not depth nor what nodes drew)",
    )
    add_tracker_argument(parser)
    parser.add_argument(
        "--no-tracking", action="store_true", help="track_id stays -1, joints are not smoothed"
    )
    parser.add_argument(
        "--csv", action="store_true", help="also a table, one row per person and image"
    )
    parser.add_argument("--parquet", action="store_true", help="likewise (needs pyarrow)")
    add_setting(
        parser,
        PoseVisualizerSettings,
        "anonymize",
        help="hide the heads in the images of the new bags, which end in _anonymized.bag, and leave "
        "out whatever else might hold a picture",
    )
    parser.add_argument(
        "--keep",
        nargs="+",
        default=[],
        metavar="TOPIC",
        help="with --anonymize: topics that stay as they are whatever they hold, such as depth",
    )
    parser.add_argument(
        "--workers", type=whole_number(1), default=1, help="bags at a time on this machine"
    )
    parser.add_argument(
        "--scheduler", help="tcp://host:port of a Dask scheduler (needs the package distributed)"
    )
    add_estimator_arguments(parser)
    add_decoding_arguments(parser)
    add_hands_arguments(parser)
    add_face_arguments(parser)
    add_output_skeleton_argument(parser, "the columns of the tables, NAME_poses.SKELETON.csv")


def output_of(bag: Path, folder: Optional[Path], anonymized: bool = False) -> Path:
    """Where the bag with the poses goes: into a folder, or with None next to the bag.

    anonymized: with heads hidden; never the name of a bag that shows them.
    """
    return (folder or bag.parent) / f"{bag.stem}_{'anonymized' if anonymized else 'poses'}.bag"


def process(job: BagJob) -> BagReport:
    """One bag in a worker process, which loads its own estimator.

    An error is part of the report: not every exception of a library finds its way between
    processes.
    """
    from lightweight_openpose.ros.bags.process import process_bag

    from .estimators import open_estimator

    try:
        return process_bag(job, open_estimator(dict(job.estimator)))
    except Exception as error:  # of this bag alone
        return failure(job, error)


def run(arguments: argparse.Namespace) -> int:
    """Write the new bags; 1 where a bag failed. Raises ValueError or RuntimeError."""
    from tqdm import tqdm

    anonymized = arguments.anonymize != OFF
    if arguments.keep and not anonymized:
        raise ValueError("--keep goes with --anonymize: without it every topic stays as it is")
    if arguments.output_skeleton and not (arguments.csv or arguments.parquet):
        raise ValueError(
            "--output-skeleton goes with --csv or --parquet: messages stay as they are"
        )
    outputs = [output_of(bag, arguments.output, anonymized) for bag in arguments.bags]
    if len(set(outputs)) < len(outputs):
        raise ValueError(
            "several bags have the same name: their outputs would overwrite each other; give them "
            "one by one"
        )
    jobs = [_job(arguments, bag, output) for bag, output in zip(arguments.bags, outputs)]
    total = sum(_images_in(job) for job in jobs)
    if arguments.scheduler:
        results = on_cluster(process, jobs, arguments.scheduler, RETRIES, lambda: _bar(total))
    elif arguments.workers > 1:
        results = _in_processes(jobs, arguments.workers, total)
    else:
        results = _here(arguments, jobs, total)
    failed = 0
    for report in results:
        # Not behind the progress bar.
        tqdm.write(in_words(report), file=sys.stderr if report.error else sys.stdout)
        failed += bool(report.error)
    return 1 if failed else 0


def _images_in(job: BagJob) -> int:
    """Images of a bag; 0 where it cannot be read, which is reported when its turn comes."""
    from lightweight_openpose.ros.bags.topics import choose_topics

    try:
        return choose_topics(job.bag, job.topics, anonymize=job.covers).images
    except ValueError:
        return 0


def _job(arguments: argparse.Namespace, bag: Path, output: Path) -> BagJob:
    estimator = estimator_options(arguments)
    if not arguments.threads:
        estimator["threads"] = max(1, (os.cpu_count() or 1) // arguments.workers)
    columns = arguments.output_skeleton
    return BagJob(
        bag.resolve(),
        output.resolve(),
        estimator,
        arguments.topics,
        "" if arguments.no_tracking else arguments.tracker,
        [kind for kind in ("csv", "parquet") if getattr(arguments, kind)],
        None if columns is None else find_skeleton(columns),
        arguments.anonymize,
        arguments.keep,
    )


def _bar(total: int) -> tqdm:
    from tqdm import tqdm

    return tqdm(total=total, unit="image")


def _here(arguments: argparse.Namespace, jobs: Iterable[BagJob], total: int) -> Iterator[BagReport]:
    from lightweight_openpose.ros.bags.process import process_bag

    estimator = load_estimator(arguments)
    with _bar(total) as bar:
        for job in jobs:
            try:
                yield process_bag(job, estimator, bar.update)
            except Exception as error:  # of this bag alone
                yield failure(job, error)


def _in_processes(jobs: Sequence[BagJob], workers: int, total: int) -> Iterator[BagReport]:
    """In processes of their own; a bag whose process died goes on from its journal in another."""
    left = {job.bag: (job, 0) for job in jobs}
    with _bar(total) as bar:
        while left:
            with ProcessPoolExecutor(workers) as pool:
                futures = {pool.submit(process, job): job for job, _ in left.values()}
                for future in as_completed(futures):
                    job = futures[future]
                    try:
                        report = future.result()
                    except BrokenProcessPool:
                        _, deaths = left[job.bag]
                        left[job.bag] = (job, deaths + 1)
                        if deaths < RETRIES:
                            continue
                        fault = "its process died again and again; is there enough memory?"
                        report = failure(job, RuntimeError(fault))
                    except Exception as error:  # of this bag alone
                        report = failure(job, error)
                    del left[job.bag]
                    bar.update(report.images)
                    yield report

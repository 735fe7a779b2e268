"""HumanPoseArrays as a table: one row per person and frame."""

from __future__ import annotations

import csv
from pathlib import Path

from lightweight_openpose.files import replacing
from lightweight_openpose.poses.skeleton import Skeleton


def columns(skeleton: Skeleton):
    """Names of the columns."""
    joints = [f"{name}_{part}" for name in skeleton.keypoints for part in ("x", "y", "score")]
    return ["topic", "time", "stamp", "frame_id", "track_id", "score", *joints]


def rows(messages):
    """The rows of messages (topic, bag time, HumanPoseArray).

    Times in seconds, joints in px of the image, NaN where not found.
    """
    for topic, time, msg in messages:
        for person in msg.poses:
            joints = [v for k in person.keypoints for v in (k.x, k.y, k.score)]
            yield [
                topic,
                time.to_sec(),
                msg.header.stamp.to_sec(),
                msg.header.frame_id,
                person.track_id,
                person.score,
                *joints,
            ]


def write_tables(messages, skeleton: Skeleton, path: Path) -> None:
    """CSV or Parquet, by the suffix of the path, whole or not at all. Parquet needs pyarrow."""
    with replacing(path) as partial:
        if path.suffix == ".csv":
            _write_csv(messages, skeleton, partial)
        else:
            _write_parquet(messages, skeleton, partial)


def _write_csv(messages, skeleton, path):
    with open(str(path), "w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns(skeleton))
        writer.writerows(rows(messages))


def _write_parquet(messages, skeleton, path):
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError(
            "Parquet needs the Python package pyarrow: pip install 'pyarrow<19' beside numpy 1, "
            f"or write CSV ({error})"
        ) from None
    names = columns(skeleton)
    values = [list(column) for column in zip(*rows(messages))] or [[] for _ in names]
    pyarrow.parquet.write_table(pyarrow.table(dict(zip(names, values))), str(path))

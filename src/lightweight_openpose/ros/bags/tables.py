"""HumanPoseArrays as a table: one row per person and frame."""

from __future__ import annotations

import csv
from pathlib import Path

from lightweight_openpose.files import replacing
from lightweight_openpose.poses.pose import GROUP_SKELETONS, GROUPS
from lightweight_openpose.poses.skeleton import Skeleton
from lightweight_openpose.poses.skeleton_file import find_skeleton

_OF_PERSON = ["topic", "time", "stamp", "frame_id", "track_id", "score"]
_PARTS = ("x", "y", "score")
_MISSING = {name: [None] * len(_PARTS) * count for name, count in GROUPS.items()}


def columns(skeleton: Skeleton):
    """Names of the columns: of the person, its joints, and those of its hands and its face."""
    further = [
        f"{group}_{name}"
        for group, of_group in GROUP_SKELETONS.items()
        for name in find_skeleton(of_group).keypoints
    ]
    joints = [f"{name}_{part}" for name in (*skeleton.keypoints, *further) for part in _PARTS]
    return [*_OF_PERSON, *joints]


def rows(messages):
    """The rows of messages (topic, bag time, HumanPoseArray).

    Times in seconds, joints in px of the image, NaN where not found. A hand or face that was not
    found, or not looked for, is None in all its columns.
    """
    for topic, time, msg in messages:
        for person in msg.poses:
            yield [
                topic,
                time.to_sec(),
                msg.header.stamp.to_sec(),
                msg.header.frame_id,
                person.track_id,
                person.score,
                *_flat(person.keypoints),
                *_groups(person),
            ]


def _groups(person):
    return [v for name in GROUPS for v in _flat(getattr(person, name)) or _MISSING[name]]


def _flat(keypoints):
    return [v for k in keypoints for v in (k.x, k.y, k.score)]


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
    table = {name: pyarrow.array(column) for name, column in zip(_OF_PERSON, values)}
    for name, column in zip(names[len(table) :], values[len(table) :]):
        table[name] = pyarrow.array(column, pyarrow.float64())  # also where every cell is None
    pyarrow.parquet.write_table(pyarrow.table(table), str(path))

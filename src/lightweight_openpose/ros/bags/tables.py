"""HumanPoseArrays as a table: one row per person and frame."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Iterable, Iterator, List, Optional, Sequence, Tuple

import genpy

from lightweight_openpose.files import replacing
from lightweight_openpose.msg import HumanPoseArray
from lightweight_openpose.poses import (
    GROUPS,
    Pose,
    Skeleton,
    convert_pose,
    groups_beside,
    groups_in,
)
from lightweight_openpose.poses.columns import PARTS, joint_columns
from lightweight_openpose.ros.messages.people import read_people

Recorded = Tuple[str, genpy.Time, HumanPoseArray]  # topic, time in the bag, message
_OF_PERSON = ["topic", "time", "stamp", "frame_id", "track_id", "score"]
_MISSING = {name: [None] * len(PARTS) * count for name, count in GROUPS.items()}


def columns(skeleton: Skeleton, output: Optional[Skeleton] = None) -> List[str]:
    """Names of the columns: of the person and its joints.

    output: whose joints they are; None: those of `skeleton`, and then those of hands and face.
    """
    return [*_OF_PERSON, *joint_columns(output or skeleton, groups=output is None)]


def rows(
    messages: Iterable[Recorded], skeleton: Skeleton, output: Optional[Skeleton] = None
) -> Iterator[List[Any]]:
    """The rows of messages, whose poses are of `skeleton`.

    Times in seconds, joints in px of the image, NaN where not found. A hand or face that was not
    found, or not looked for, is None in all its columns.
    """
    for topic, time, msg in messages:
        people = read_people(msg)
        header = people.header
        for pose in people.poses:
            if output is None:
                joints = _joints(pose, skeleton)
            else:
                joints = _converted(pose, skeleton, output)
            yield [
                topic,
                time.to_sec(),
                header.stamp.to_sec(),
                header.frame_id,
                pose.track_id,
                pose.score,
                *joints,
            ]


def _joints(pose: Pose, skeleton: Skeleton) -> List[Optional[float]]:
    cells: Any = pose.keypoints.ravel().tolist()
    for name in groups_beside(skeleton):
        group = pose.groups.get(name)
        cells += _MISSING[name] if group is None else group.ravel().tolist()
    return cells


def _converted(pose: Pose, skeleton: Skeleton, output: Skeleton) -> List[Optional[float]]:
    keypoints = convert_pose(pose, skeleton, output).keypoints
    cells = keypoints.astype(object)
    for group, joints in output.groups:
        if group in groups_in(output) and not (keypoints[list(joints), 2] > 0).any():
            cells[list(joints)] = None
    return cells.ravel().tolist()


def write_tables(
    messages: Iterable[Recorded],
    skeleton: Skeleton,
    path: Path,
    output: Optional[Skeleton] = None,
) -> None:
    """CSV or Parquet, by the suffix of the path, whole or not at all. Parquet needs pyarrow.

    skeleton: of the messages; output: whose joints are the columns, see columns().
    """
    names = columns(skeleton, output)
    found = rows(messages, skeleton, output)
    with replacing(path) as partial:
        if path.suffix == ".csv":
            _write_csv(names, found, partial)
        else:
            _write_parquet(names, found, partial)


def _write_csv(names: Sequence[str], found: Iterable[List[Any]], path: Path) -> None:
    with open(str(path), "w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        writer.writerows(found)


def _write_parquet(names: Sequence[str], found: Iterable[List[Any]], path: Path) -> None:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError(
            "Parquet needs the Python package pyarrow: pip install 'pyarrow<19' for numpy 1, "
            f"or write CSV ({error})"
        ) from None
    values = [list(column) for column in zip(*found)] or [[] for _ in names]
    table = {name: pyarrow.array(column) for name, column in zip(_OF_PERSON, values)}
    for name, column in zip(names[len(table) :], values[len(table) :]):
        table[name] = pyarrow.array(column, pyarrow.float64())  # also where every cell is None
    pyarrow.parquet.write_table(pyarrow.table(table), str(path))

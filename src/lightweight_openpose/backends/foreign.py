"""Recognizes networks of others by all that their file says, never by one number."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from lightweight_openpose.files import parse_yaml

COCO_JOINTS = 17  # of a person in a detection
JOINT_VALUES = 3 * COCO_JOINTS
METADATA = ("task", "kpt_shape", "names", "stride")  # entries of Ultralytics' that are read


class Seen(NamedTuple):
    """What a file and one run of its network say, in addition to the shapes of the outputs."""

    names: Sequence[str] = ()  # of the outputs
    size: Optional[Tuple[int, int]] = None  # (height, width) [px] of the image with these outputs
    metadata: Mapping[str, str] = MappingProxyType({})
    values: Optional[Sequence[np.ndarray]] = None  # the outputs for a grey image


def detections_of(shapes: List[tuple], seen: Seen = Seen()) -> Optional[Tuple[str, tuple]]:
    """Kind and outputs of a layout of detections; None where the network gives none.

    shapes: of all outputs; a size that varies is None or a string.
    """
    if seen.metadata.get("task", "pose") != "pose":
        return None
    rtmo = _rtmo(shapes, seen)
    if rtmo:
        return "rtmo", rtmo
    for i, shape in enumerate(shapes):
        values = None if seen.values is None else seen.values[i]
        kind = _rows(shape, values, seen) if len(shape) == 3 else None
        if kind:
            return kind, (i,)
    return None


def stride_of(seen: Seen) -> Optional[int]:
    """Multiple [px] that the sides of the input must be, where the metadata says it."""
    stride = value_of(seen.metadata.get("stride"))
    return stride if isinstance(stride, int) and 0 < stride <= 1024 else None


def _rtmo(shapes: List[tuple], seen: Seen) -> Optional[tuple]:
    """Indices of boxes with scores, and of COCO's joints, of as many people."""
    for j, joints in enumerate(shapes):
        if len(joints) != 4 or joints[2:] != (COCO_JOINTS, 3):
            continue
        for b, boxes in enumerate(shapes):
            if len(boxes) == 3 and boxes[2] == 5 and _may_equal(boxes[1], joints[1]):
                scored = seen.values is None or _shares(seen.values[b][..., 4])
                return (b, j) if scored else None
    return None


def _rows(shape: tuple, values: Optional[np.ndarray], seen: Seen) -> Optional[str]:
    """Kind of an output (N, C, M) or (N, M, C) with people in its columns or rows."""
    ultralytics = _ultralytics(seen)
    if ultralytics is not None:
        classes = ultralytics
        if shape[1] == 4 + classes + JOINT_VALUES and shape[2] != 6 + JOINT_VALUES:
            return "yolo"
        return "yolo-end" if shape[2] == 6 + JOINT_VALUES else None
    if shape[1] == 5 + JOINT_VALUES and shape[2] != 6 + JOINT_VALUES:
        return "yolo" if values is None or _fits_yolo(values[0].T) else None
    return _rows_of_57(shape, values, seen) if shape[2] == 6 + JOINT_VALUES else None


def _rows_of_57(shape: tuple, values: Optional[np.ndarray], seen: Seen) -> Optional[str]:
    """YOLOv7 has all boxes of its grids in the rows, others the people that they chose."""
    if seen.size is not None and shape[1] in boxes_on_grids(seen.size, 3):
        return "yolov7" if values is None or _fits_yolov7(values[0]) else None
    if values is None or _fits_end(values[0]):
        return "yolo-end"
    return "yolov7" if _fits_yolov7(values[0]) else None


def boxes_on_grids(size: Tuple[int, int], anchors: int) -> Tuple[int, ...]:
    """Numbers of boxes on grids of 8, 16, 32 px, without and with one of 64 px, of a size."""
    counts = [(size[0] // step) * (size[1] // step) * anchors for step in (8, 16, 32, 64)]
    return sum(counts[:3]), sum(counts)


def _fits_yolo(rows: np.ndarray) -> bool:
    """Centre, size, score, joints."""
    return _shares(rows[:, 4], rows[:, 7::3]) and _sized(rows) and _in_pixels(rows, 5)


def _fits_yolov7(rows: np.ndarray) -> bool:
    """Centre, size, objectness, score of the class, joints."""
    return _shares(rows[:, 4:6], rows[:, 8::3]) and _sized(rows) and _in_pixels(rows, 6)


def _fits_end(rows: np.ndarray) -> bool:
    """Corners, score, number of the class, joints."""
    classes = rows[:, 5]
    ordered = (rows[:, 2:4] >= rows[:, :2]).all()
    whole = (classes >= 0).all() and (classes == np.round(classes)).all()
    shares = _shares(rows[:, 4], rows[:, 8::3])
    return shares and bool(ordered and whole) and _in_pixels(rows, 6)


def _shares(*values: np.ndarray) -> bool:
    """Whether all are in [0, 1], but for rounding."""
    return all(bool(((v >= -1e-3) & (v <= 1.001)).all()) for v in values)


def _sized(rows: np.ndarray) -> bool:
    return bool((rows[:, 2:4] >= 0).all())


def _in_pixels(rows: np.ndarray, first: int) -> bool:
    """Whether boxes and joints, from a column on, lie farther than the first pixels; or all at 0.

    Scores of classes do not, and neither do shares of the image's width and height.
    """
    joints = rows[:, first:].reshape(len(rows), -1, 3)[..., :2]
    farthest = [float(np.abs(part).max(initial=0)) for part in (rows[:, :4], joints)]
    return min(farthest) > 2 or max(farthest) == 0


def _ultralytics(seen: Seen) -> Optional[int]:
    """Number of classes where the metadata of Ultralytics tells of a network of people."""
    metadata = seen.metadata
    shape = value_of(metadata.get("kpt_shape"))
    names = value_of(metadata.get("names"))
    if metadata.get("task") != "pose" or not isinstance(names, dict):
        return None
    return len(names) if list(shape or ()) == [COCO_JOINTS, 3] else None


def _may_equal(one: Any, other: Any) -> bool:
    return one == other or not (isinstance(one, int) and isinstance(other, int))


def value_of(text: Optional[str]) -> Any:
    """Number, list or dict of a text in the metadata; None where it holds none."""
    try:
        return parse_yaml(text or "")
    except ValueError:
        return None

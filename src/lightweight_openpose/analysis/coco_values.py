"""What single fields of a COCO file say, as other tools write them: numbers, ids, boxes, masks."""

from __future__ import annotations

import math
import re
from typing import Any, List, Optional, Sequence, Tuple, Union

import numpy as np

from lightweight_openpose.video import check_size

Id = Union[int, str]
Number = Union[int, float]
Box = List[Number]  # x, y, width, height [px]

FARTHEST = 1e6  # px from the corner of an image that a point of a ring may be
LARGEST = 1e12  # of any number of a label; the largest that one needs is an area [px^2]
_WHOLE = re.compile(r"([+-]?\d+)(\.0*)?")


class BadShape(ValueError):
    """The segmentation cannot be used; the message goes on after "its segmentation"."""


def absent(value: Any) -> bool:
    """Whether it means "not given": null, "", [], {}, NaN, or a list of nothing else."""
    if isinstance(value, str):
        return value.strip().lower() in ("", "nan", "null", "none")
    if isinstance(value, list):
        return all(absent(v) for v in value)
    return value is None or value == {} or (isinstance(value, float) and math.isnan(value))


def number(value: Any) -> Optional[Number]:
    """A number of at most LARGEST, also of text; None for anything else."""
    if isinstance(value, str):
        try:
            whole = _WHOLE.fullmatch(value.strip())
            value = int(whole.group(1)) if whole else float(value)
        except ValueError:
            return None
    usable = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if usable and abs(value) <= LARGEST else None


def numbers(values: Any, count: int) -> Optional[List[Number]]:
    """So many numbers of at most LARGEST; None for anything else."""
    if not isinstance(values, (list, tuple)) or len(values) != count:
        return None
    found = [number(v) for v in values]
    return None if None in found else [v for v in found if v is not None]


def id_of(value: Any) -> Id:
    """An id, a number where its text is one: some tools write 7 here and "7" there.

    Raises ValueError for what names nothing.
    """
    whole = _WHOLE.fullmatch(str(value).strip()) if not isinstance(value, bool) else None
    if whole:
        return int(whole.group(1))
    if isinstance(value, str) and not absent(value):
        return value.strip()
    raise ValueError(f"{str(value)[:60]} is no id")


def flag(value: Any) -> Optional[bool]:
    """A yes or no, as 1, true or text; not given is no, None is what is neither."""
    if absent(value) or value == 0:
        return False
    text = str(value).strip().lower()
    if text in ("1", "1.0", "true", "yes"):
        return True
    return False if text in ("0", "0.0", "false", "no") else None


def clipped(box: Sequence[Number], width: int, height: int) -> Optional[Box]:
    """The part of a box that lies in an image of this size [px]; None where nothing does."""
    x, y, w, h = box
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + w, width), min(y + h, height)
    return [left, top, right - left, bottom - top] if right > left and bottom > top else None


def joint_box(keypoints: Sequence[Number]) -> Optional[Box]:
    """The box around the labelled ones of joints x, y, v; None without any."""
    table = np.array(keypoints, float).reshape(-1, 3)
    return _extent(table[table[:, 2] > 0, :2])


def _extent(points: Any) -> Optional[Box]:
    if not len(points):
        return None
    low, high = points.min(0), points.max(0)
    return [float(v) for v in (*low, *(high - low))]


def rings_of(segmentation: Any) -> List[np.ndarray]:
    """The polygons (N, 2) [px] of a segmentation. Raises BadShape and what shape_of does."""
    flat = [segmentation] if isinstance(segmentation[0], (int, float)) else segmentation
    rings = [np.array(r, float).reshape(-1, 2) for r in flat if not absent(r)]
    if not rings or not all(len(r) >= 3 and (np.abs(r) <= FARTHEST).all() for r in rings):
        raise BadShape("has no rings of at least three points")
    return rings


def mask_of(segmentation: dict) -> np.ndarray:
    """(H, W) bool of a run-length code. Raises BadShape and what shape_of does.

    pycocotools takes the lengths on trust, and reads and writes beyond the mask where they lie.
    """
    height, width = (int(v) for v in segmentation["size"])
    check_size(width, height)
    counts = segmentation["counts"]
    lengths = _unpacked(counts) if isinstance(counts, str) else numbers(counts, len(counts))
    if lengths is None or any(v < 0 or v != int(v) for v in lengths):
        raise BadShape("has counts that are no lengths")
    if sum(lengths) != height * width:
        raise BadShape(f"has counts of {sum(lengths)} px and a size of {height}x{width}")
    on = np.arange(len(lengths)) % 2 == 1
    return np.repeat(on, np.array(lengths, int)).reshape(width, height).T


def _unpacked(text: str) -> List[int]:
    """Lengths of pycocotools' text: 5 bits a character, from the third on as differences."""
    lengths: List[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64:
            raise BadShape("has counts that are no run-length code")
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            value -= (bits & 16) << (shift - 4)  # the sign
            lengths.append(value + (lengths[-2] if len(lengths) > 2 else 0))
            value = shift = 0
    return lengths


def shape_of(segmentation: Any, size: Optional[Tuple[int, int]]) -> Any:
    """A segmentation that can be used: rings as they are, a run-length code of the image's size.

    size: height and width [px] of the image, None where they are not known. Raises BadShape for
    what cannot be used; LookupError, OverflowError, TypeError or ValueError for what is none.
    """
    if not isinstance(segmentation, dict):
        rings = rings_of(segmentation)
        return [ring.ravel().tolist() for ring in rings]
    mask = mask_of(segmentation)
    if size is not None and mask.shape != tuple(size):
        height, width = mask.shape
        raise BadShape(f"is of {width}x{height} px, its image of {size[1]}x{size[0]}")
    return segmentation


def shape_box(segmentation: Any) -> Optional[Box]:
    """The box around a segmentation that shape_of took; None around nothing."""
    if not isinstance(segmentation, dict):
        return _extent(np.concatenate(rings_of(segmentation)))
    rows, columns = np.nonzero(mask_of(segmentation))
    box = _extent(np.stack([columns, rows], 1))
    return None if box is None else [*box[:2], box[2] + 1, box[3] + 1]


def shape_area(segmentation: Any) -> float:
    """Area [px^2] of a segmentation that shape_of took."""
    if isinstance(segmentation, dict):
        return float(mask_of(segmentation).sum())
    return float(sum(_ring_area(ring) for ring in rings_of(segmentation)))


def _ring_area(ring: np.ndarray) -> float:
    x, y = ring.T
    return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2

"""The joints of an annotation of a COCO file, as numbers."""

from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

from .coco_notes import Place
from .coco_values import absent, number, numbers


def read_joints(
    given: Any, names: Sequence[str], size: Optional[Tuple[int, int]], notes: Place
) -> list:
    """x, y [px] and label of each name: 0 not labelled, 1 hidden, 2 visible; [] without any.

    size: height and width [px] of the image, None where they are not known; notes: of the
    annotation.
    """
    if given is None or absent(given) and not isinstance(given, list):
        return []
    if not isinstance(given, list):
        notes.lost("keypoints is no list: not used")
        return []
    if len(given) == len(names) and all(isinstance(v, list) for v in given):
        given = [value for triple in given for value in triple]
    if not given:
        return []
    if len(given) != 3 * len(names):
        notes.lost(f"{len(given)} keypoint values instead of {3 * len(names)}: not used")
        return []
    if numbers(given, len(given)) != given:
        given = _mended(given, names, notes)
    return _placed(given, names, size, notes)


def _mended(given: list, names: Sequence[str], notes: Place) -> list:
    """Numbers only: of text, and zeros for joints that are not labelled or have no place."""
    found: list = []
    lost: List[str] = []
    for name, i in zip(names, range(0, len(given), 3)):
        x, y, label = (number(v) for v in given[i : i + 3])
        if label is None and not absent(given[i + 2]):
            notes.lost("keypoints are no numbers: not used")
            return []
        if x is None or y is None or label is None:
            lost += [name] if label and label > 0 else []
            x = y = label = 0
        found += [x, y, label]
    if lost:
        notes.lost(f"{', '.join(lost)} has no place: not used")
    else:
        notes.repaired("keypoints are read as numbers, what is not given as not labelled")
    return found


def _placed(
    given: list, names: Sequence[str], size: Optional[Tuple[int, int]], notes: Place
) -> list:
    """Without joints outside the image, and at (0, 0), where tools put what is not labelled."""
    x, y, label = np.array(given, float).reshape(-1, 3).T
    zero = (label > 0) & (x == 0) & (y == 0)
    beyond: np.ndarray = np.zeros(len(x), bool)
    if size is not None:
        beyond = (label > 0) & ~((x >= 0) & (x <= size[1]) & (y >= 0) & (y <= size[0]))
    for which, what in ((beyond, "lies outside the image"), (zero, "lies at (0, 0)")):
        if which.any():
            joints = ", ".join(names[i] for i in np.flatnonzero(which))
            notes.repaired(f"{joints} {what}: not used")
    lost = zero | beyond
    return [0 if lost[i // 3] else v for i, v in enumerate(given)] if lost.any() else given

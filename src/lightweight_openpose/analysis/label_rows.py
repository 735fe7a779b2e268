"""Labels of pictures: read from rows of JSON, and answered picture by picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, List, Sequence, Tuple, TypeVar, Union

import numpy as np

from lightweight_openpose.video import PictureFiles

_FAULTS = (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError)

Label = TypeVar("Label")  # has the attribute `file`: the name of its picture
Answer = TypeVar("Answer")


def read_rows(path: Union[str, Path], make: Callable[[dict], Label], what: str) -> List[Label]:
    """Labels of a JSON file that is a list of rows; make(row) gives one of them.

    what: is labelled, for messages. Raises ValueError with the file and the row, or OSError.
    """
    try:
        with open(str(path), encoding="utf-8") as stream:
            rows = json.load(stream)
    except (RecursionError, ValueError) as error:
        raise ValueError(f"{path} is no JSON, it may be truncated: {str(error)[:160]}") from None
    if not isinstance(rows, list):
        raise ValueError(f"{path} has no labels of {what}: expected a list of rows")
    return [checked(path, f"row {i}", make, row) for i, row in enumerate(rows)]


def checked(path: Union[str, Path], where: str, make: Callable[[dict], Label], row: Any) -> Label:
    """make(row); its faults are a ValueError with the file and the place in it."""
    try:
        return make(row)
    except KeyError as error:
        raise ValueError(f"{path}, {where} has no {error}") from None
    except _FAULTS as error:
        raise ValueError(f"{path}, {where}: {str(error)[:160]}") from None


def numbers(values: Sequence, count: int, what: str) -> np.ndarray:
    """(count,) finite numbers. Raises ValueError."""
    try:
        found = np.array([float(value) for value in values])
    except (OverflowError, TypeError, ValueError):
        found = np.empty(0)
    if len(found) != count or not np.isfinite(found).all():
        raise ValueError(f"{what}: expected {count} finite numbers, not {str(values)[:60]}")
    return found


def answer_labels(
    find: Callable[[Label, np.ndarray], Answer],
    labels: Sequence[Label],
    pictures: PictureFiles,
    progress: Callable = lambda items: items,
) -> Tuple[List[Answer], List[str]]:
    """find(label, its picture) of each label, and the names of pictures that cannot be read.

    progress: wraps the labels while they are gone through. Raises ValueError where no picture can
    be read.
    """
    answers: List[Answer] = []
    unreadable = {}
    for label in progress(labels):
        name = label.file
        image = None if name in unreadable else pictures.read(name)
        if image is None:
            unreadable[name] = True
        else:
            answers.append(find(label, image))
    if not answers:
        raise ValueError(
            f"{pictures.path} has none of the {len(unreadable)} pictures that the labels name, or "
            f"none that can be read; the first is {next(iter(unreadable), 'none')}"
        )
    return answers, list(unreadable)

"""A COCO keypoint file, looked at before pycocotools takes what is in it for granted."""
from __future__ import annotations

import json
import math
from pathlib import PurePosixPath
from typing import Any


def read_coco_file(path) -> dict:
    """Images, annotations and categories of a file, each with what an evaluation needs of it.

    Raises ValueError for a file that is none, OSError for one that cannot be read.
    """
    try:
        with open(str(path), encoding="utf-8") as stream:
            document = json.load(stream)
        for part, check in (
            ("images", _check_image), ("annotations", _check_annotation),
            ("categories", _check_category),
        ):
            if not isinstance(document[part], list):
                raise ValueError(f"{part} is no list")
            for entry in document[part]:
                check(entry)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path} is no COCO label file: {type(error).__name__} {str(error)[:200]}"
        ) from None
    return document


def _check_image(image: dict) -> None:
    path = PurePosixPath(image["file_name"])
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{path} leads out of the folder of the images")
    _need(isinstance(image["id"], (int, str)), "the id of an image", image["id"])


def _check_annotation(annotation: dict) -> None:
    """Also adds what pycocotools does not do without."""
    _need(isinstance(annotation["image_id"], (int, str)), "image_id", annotation["image_id"])
    values = annotation.setdefault("keypoints", [])
    box = annotation["bbox"]
    _need(_numbers(values) and len(values) % 3 == 0, "keypoints", values)
    _need(_numbers(box) and len(box) == 4, "bbox", box)
    annotation.setdefault("area", box[2] * box[3])
    annotation.setdefault("iscrowd", 0)
    annotation.setdefault("num_keypoints", sum(v > 0 for v in values[2::3]))
    for name in ("area", "iscrowd", "num_keypoints", "category_id"):
        _need(_numbers([annotation[name]]), name, annotation[name])


def _check_category(category: dict) -> None:
    names = category.get("keypoints", [])
    _need(isinstance(category["id"], int), "the id of a category", category["id"])
    texts = isinstance(names, list) and all(isinstance(name, str) for name in names)
    _need(texts, "keypoints of a category", names)


def _numbers(values: Any) -> bool:
    return isinstance(values, list) and all(
        isinstance(v, (int, float)) and math.isfinite(v) for v in values
    )


def _need(condition: bool, what: str, value) -> None:
    if not condition:
        raise ValueError(f"{what} is {str(value)[:60]}")

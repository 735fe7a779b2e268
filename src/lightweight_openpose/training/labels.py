"""COCO keypoint labels of any category -> the internal label file, which is plain JSON."""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional

import numpy as np

from lightweight_openpose.poses.skeleton import COCO17_KEYPOINTS, COCO18, Skeleton
from lightweight_openpose.poses.skeleton_file import (
    skeleton_from_category,
    skeleton_from_dict,
    skeleton_to_dict,
)

MIN_KEYPOINTS = 5     # of a main person, as in the paper; half the keypoints of smaller skeletons
MIN_AREA = 32 * 32    # px^2 of a main person, as in the paper
VERSION = 1


class BadLabels(ValueError):
    """The label file cannot be used; the message names the file and the fault."""


@dataclass
class Person:
    """keypoints: (K, 3) float32 [x px, y px, label], label 0 not labelled, 1 hidden, 2 visible; box: x, y, width, height
    [px]; main: big and complete enough to be the centre of a crop.
    """

    keypoints: np.ndarray
    box: tuple
    main: bool


@dataclass
class LabelledImage:
    """masked: regions without keypoint labels (crowds, unlabelled people) as COCO segmentations or boxes."""

    file: str
    width: int
    height: int
    people: List[Person] = field(default_factory=list)
    masked: List[dict] = field(default_factory=list)


@dataclass
class LabelSet:
    skeleton: Skeleton
    images: List[LabelledImage]
    warnings: List[str] = field(default_factory=list)

    def save(self, path) -> None:
        """Write the internal label file."""
        document = {"version": VERSION, "skeleton": skeleton_to_dict(self.skeleton), "images": [
            {"file": i.file, "width": i.width, "height": i.height, "masked": i.masked, "people": [
                {"keypoints": np.round(p.keypoints.astype(float), 2).tolist(), "box": list(p.box), "main": p.main}
                for p in i.people]} for i in self.images]}
        Path(path).write_text(json.dumps(document) + "\n")


def read_json(path) -> dict:
    """A JSON object. Raises FileNotFoundError or BadLabels."""
    try:
        with open(str(path)) as stream:
            document = json.load(stream)
    except FileNotFoundError:
        raise FileNotFoundError(f"no label file at {path}") from None
    except ValueError as error:
        raise BadLabels(f"{path} is no JSON, it may be truncated: {error}") from None
    if not isinstance(document, dict):
        raise BadLabels(f"{path} is no label file: the top level is no object")
    return document


def load_labels(path) -> LabelSet:
    """Labels from the internal file of `pose prepare`. Raises FileNotFoundError or BadLabels."""
    document = read_json(path)
    if document.get("version") != VERSION or "skeleton" not in document:
        hint = "run `pose prepare` on it" if "annotations" in document else "make it with `pose prepare`"
        raise BadLabels(f"{path} is not an internal label file of version {VERSION}; {hint}")
    try:
        images = [LabelledImage(i["file"], i["width"], i["height"], [
            Person(np.asarray(p["keypoints"], np.float32), tuple(p["box"]), p["main"]) for p in i["people"]], i["masked"])
            for i in document["images"]]
    except (KeyError, TypeError, ValueError) as error:
        raise BadLabels(f"{path} is damaged: {type(error).__name__} {error}") from None
    return LabelSet(skeleton_from_dict(document["skeleton"], str(path)), images)


def read_coco(path, skeleton: Optional[Skeleton] = None, category: Optional[str] = None) -> LabelSet:
    """Labels from a COCO keypoint file, such as coco-annotator and CVAT write.

    skeleton: of the object, by default that of the category (for COCO persons coco18, whose neck is between the
    shoulders). category: name, needed when the file has several with keypoints. Faults of single annotations are
    warnings that name them; the annotation is masked or left out. Raises FileNotFoundError or BadLabels.
    """
    document = read_json(path)
    for name in ("images", "annotations", "categories"):
        if not isinstance(document.get(name), list):
            raise BadLabels(f"{path} has no list of {name}; is it a COCO keypoint file?")
    chosen = _category(document["categories"], category, path)
    names = tuple(chosen["keypoints"])
    if skeleton is None:
        skeleton = COCO18 if names == COCO17_KEYPOINTS else skeleton_from_category(chosen, str(path))
    order = _columns(names, skeleton, path)
    warnings: List[str] = []
    images: Dict[int, LabelledImage] = {}
    for i in document["images"]:
        try:
            images[i["id"]] = LabelledImage(str(i["file_name"]), int(i["width"]), int(i["height"]))
        except (KeyError, TypeError, ValueError):
            raise BadLabels(f"{path}: an image has no id, file_name, width and height: {str(i)[:80]}") from None
    for a in document["annotations"]:
        where = f"annotation {a.get('id', '?')}"
        image = images.get(a.get("image_id"))
        if image is None:
            warnings.append(f"{where}: image_id {a.get('image_id')} is not among the images")
        elif a.get("category_id", chosen["id"]) == chosen["id"]:
            _add(image, a, names, order, f"{image.file}, {where}", warnings)
    return LabelSet(skeleton, list(images.values()), warnings)


def _category(categories, wanted, path):
    with_keypoints = [c for c in categories if c.get("keypoints")]
    matching = [c for c in with_keypoints if wanted in (None, c.get("name"))]
    if not matching:
        raise BadLabels(f"{path} has no category {wanted or 'with keypoints'}; it has "
                        f"{', '.join(str(c.get('name')) for c in categories) or 'none'}")
    if len(matching) > 1:
        raise BadLabels(f"{path} has several categories with keypoints; choose one with --category: "
                        f"{', '.join(str(c.get('name')) for c in matching)}")
    return matching[0]


def _columns(names, skeleton, path):
    """For each keypoint of the skeleton its column in the file; None for a neck made of the shoulders."""
    missing = [k for k in skeleton.keypoints if k not in names and k != "neck"]
    if missing:
        raise BadLabels(f"{path} has no keypoint {', '.join(missing)} of skeleton {skeleton.name}; it has {', '.join(names)}")
    return [names.index(k) if k in names else None for k in skeleton.keypoints]


def _add(image, annotation, names, order, where, warnings):
    values = annotation.get("keypoints") or []
    if annotation.get("iscrowd") or not any(values[2::3]):
        if annotation.get("segmentation") or annotation.get("bbox"):
            image.masked.append({k: annotation[k] for k in ("segmentation", "bbox") if annotation.get(k)})
        return
    try:
        table = np.array(values, np.float32).reshape(len(names), 3)
    except (TypeError, ValueError):
        warnings.append(f"{where}: {len(values)} keypoint values instead of {3 * len(names)}: left out")
        return
    outside = (table[:, 2] > 0) & ~((table[:, 0] >= 0) & (table[:, 0] <= image.width) & (table[:, 1] >= 0)
                                    & (table[:, 1] <= image.height))
    if outside.any():
        warnings.append(f"{where}: {', '.join(names[i] for i in np.flatnonzero(outside))} lies outside the image: not used")
        table[outside] = 0
    if not (table[:, 2] > 0).any():
        return
    keypoints = np.stack([_neck(table, names) if c is None else table[c] for c in order])
    keypoints[keypoints[:, 2] == 0] = 0
    box = annotation.get("bbox") or _box(keypoints)
    area = annotation.get("area") or box[2] * box[3]
    enough = min(MIN_KEYPOINTS, max(2, len(order) // 2))
    image.people.append(Person(keypoints, tuple(float(v) for v in box),
                               bool((table[:, 2] > 0).sum() >= enough and area >= MIN_AREA)))


def _neck(table, names):
    """Between the shoulders, as visible as the less visible one."""
    left, right = table[names.index("left_shoulder")], table[names.index("right_shoulder")]
    if not (left[2] and right[2]):
        return np.zeros(3, np.float32)
    return np.array([*(left[:2] + right[:2]) / 2, min(left[2], right[2])], np.float32)


def _box(keypoints):
    xy = keypoints[keypoints[:, 2] > 0, :2]
    return (*xy.min(0), *(xy.max(0) - xy.min(0)))

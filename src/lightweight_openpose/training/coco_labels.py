"""COCO keypoint files of any category -> labels to train on."""
from __future__ import annotations

from typing import Dict, List, Optional

import numpy as np

from lightweight_openpose.poses.skeleton import COCO17_KEYPOINTS, COCO18, Skeleton
from lightweight_openpose.poses.skeleton_file import skeleton_from_category

from .labels import (
    BadLabels,
    LabelledImage,
    LabelSet,
    Person,
    box_of,
    image_of,
    read_json,
    region_of,
)

# As in the paper.
MIN_KEYPOINTS = 5  # of a main person; half the keypoints of smaller skeletons
MIN_AREA = 32 * 32  # [px^2] of a main person


def read_coco(
    path, skeleton: Optional[Skeleton] = None, category: Optional[str] = None
) -> LabelSet:
    """Labels from a COCO keypoint file, such as coco-annotator and CVAT write.

    skeleton: of the object, by default that of the category (for COCO persons coco18, whose neck is
    between the shoulders). category: name, needed when the file has several with keypoints. Faults
    of single annotations are warnings that name them; the annotation is masked or left out. Raises
    FileNotFoundError or BadLabels.
    """
    document = read_json(path)
    for name in ("images", "annotations", "categories"):
        if not isinstance(document.get(name), list):
            raise BadLabels(f"{path} has no list of {name}; is it a COCO keypoint file?")
    chosen = _category(document["categories"], category, path)
    _check_category(chosen, path)
    names = tuple(chosen["keypoints"])
    if skeleton is None:
        skeleton = (
            COCO18 if names == COCO17_KEYPOINTS else skeleton_from_category(chosen, str(path))
        )
    order = _columns(names, skeleton, path)
    warnings: List[str] = []
    images = _images(document["images"], path)
    for a in document["annotations"]:
        if not isinstance(a, dict):
            warnings.append(f"annotation {str(a)[:80]} is no object: left out")
            continue
        where = f"annotation {a.get('id', '?')}"
        image = images.get(str(a.get("image_id")))
        if image is None:
            warnings.append(f"{where}: image_id {a.get('image_id')} is not among the images")
        elif a.get("category_id", chosen["id"]) == chosen["id"]:
            _add(image, a, names, order, f"{image.file}, {where}", warnings)
    return LabelSet(skeleton, list(images.values()), warnings)


def _images(entries, path) -> Dict[str, LabelledImage]:
    """By their ids as text, each of which is given once."""
    images: Dict[str, LabelledImage] = {}
    for i in entries:
        try:
            key = str(i["id"])
            image = image_of(i["file_name"], i["width"], i["height"])
        except (KeyError, OverflowError, TypeError, ValueError) as error:
            raise BadLabels(
                f"{path}: an image without a usable id, file_name, width and height: "
                f"{str(i)[:80]}: {type(error).__name__} {error}"
            ) from None
        other = images.get(key)
        if other is not None:
            raise BadLabels(
                f"{path}: {other.file} and {image.file} have the same id {key}, so that "
                "nobody knows whose labels are whose; give each image an id of its own"
            )
        images[key] = image
    return images


def _check_category(category, path):
    names = category["keypoints"]
    if "id" not in category or not isinstance(names, list):
        raise BadLabels(f"{path}: a category has no id or no list of keypoints")
    if not all(isinstance(name, str) for name in names):
        raise BadLabels(f"{path}: a keypoint's name is no text: {str(names)[:80]}")


def _category(categories, wanted, path):
    if not all(isinstance(c, dict) for c in categories):
        raise BadLabels(f"{path}: a category is no object: {str(categories)[:80]}")
    with_keypoints = [c for c in categories if c.get("keypoints")]
    matching = [c for c in with_keypoints if wanted in (None, c.get("name"))]
    if not matching:
        raise BadLabels(f"{path} has no category {wanted or 'with keypoints'}; it has "
                        f"{', '.join(str(c.get('name')) for c in categories) or 'none'}")
    if len(matching) > 1:
        raise BadLabels(
            f"{path} has several categories with keypoints; choose one with --category: "
            f"{', '.join(str(c.get('name')) for c in matching)}"
        )
    return matching[0]


def _columns(names, skeleton, path):
    """Column in the file of each keypoint; None for a neck made of the shoulders."""
    missing = [k for k in skeleton.keypoints if k not in names and k != "neck"]
    if missing:
        raise BadLabels(
            f"{path} has no keypoint {', '.join(missing)} of skeleton {skeleton.name}; it has "
            f"{', '.join(names)}"
        )
    return [names.index(k) if k in names else None for k in skeleton.keypoints]


def _add(image, annotation, names, order, where, warnings):
    values = annotation.get("keypoints") or []
    if not isinstance(values, list):
        warnings.append(f"{where}: keypoints is no list: left out")
        return
    if annotation.get("iscrowd") or not any(values[2::3]):
        _mask(image, annotation, where, warnings)
        return
    try:
        table = np.array(values, np.float32).reshape(len(names), 3)
    except (TypeError, ValueError):
        warnings.append(
            f"{where}: {len(values)} keypoint values instead of {3 * len(names)}: left out"
        )
        return
    x, y, label = table.T
    inside = (x >= 0) & (x <= image.width) & (y >= 0) & (y <= image.height)
    outside = (label > 0) & ~inside
    if outside.any():
        joints = ", ".join(names[i] for i in np.flatnonzero(outside))
        warnings.append(f"{where}: {joints} lies outside the image: not used")
        table[outside] = 0
    if not (table[:, 2] > 0).any():
        return
    keypoints = np.stack([_neck(table, names) if c is None else table[c] for c in order])
    keypoints[keypoints[:, 2] == 0] = 0
    try:
        box = box_of(annotation.get("bbox") or _box(keypoints))
        area = float(annotation.get("area") or box[2] * box[3])
    except (TypeError, ValueError) as error:
        warnings.append(f"{where}: its bbox or area cannot be used: {error}: left out")
        return
    enough = min(MIN_KEYPOINTS, max(2, len(order) // 2))
    main = bool((table[:, 2] > 0).sum() >= enough and area >= MIN_AREA)
    image.people.append(Person(keypoints, box, main))


def _mask(image, annotation, where, warnings):
    if annotation.get("segmentation") or annotation.get("bbox"):
        try:
            image.masked.append(region_of(annotation))
        except (KeyError, TypeError, ValueError) as error:
            warnings.append(f"{where}: its region cannot be masked: {error}")


def _neck(table, names):
    """Between the shoulders, as visible as the less visible one."""
    left = table[names.index("left_shoulder")]
    right = table[names.index("right_shoulder")]
    if not (left[2] and right[2]):
        return np.zeros(3, np.float32)
    return np.array([*(left[:2] + right[:2]) / 2, min(left[2], right[2])], np.float32)


def _box(keypoints):
    xy = keypoints[keypoints[:, 2] > 0, :2]
    return (*xy.min(0), *(xy.max(0) - xy.min(0)))

"""COCO keypoint files of any category -> labels to train on."""
from __future__ import annotations

from typing import Dict, List, Optional

import numpy as np

from lightweight_openpose.poses.skeleton import COCO17_KEYPOINTS, COCO18, Skeleton
from lightweight_openpose.poses.skeleton_file import skeleton_from_category

from .labels import BadLabels, LabelledImage, LabelSet, Person, read_json

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
    names = tuple(chosen["keypoints"])
    if skeleton is None:
        skeleton = (
            COCO18 if names == COCO17_KEYPOINTS else skeleton_from_category(chosen, str(path))
        )
    order = _columns(names, skeleton, path)
    warnings: List[str] = []
    images: Dict[int, LabelledImage] = {}
    for i in document["images"]:
        try:
            images[i["id"]] = LabelledImage(str(i["file_name"]), int(i["width"]), int(i["height"]))
        except (KeyError, TypeError, ValueError):
            raise BadLabels(
                f"{path}: an image has no id, file_name, width and height: {str(i)[:80]}"
            ) from None
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
    if annotation.get("iscrowd") or not any(values[2::3]):
        if annotation.get("segmentation") or annotation.get("bbox"):
            shapes = ("segmentation", "bbox")
            image.masked.append({k: annotation[k] for k in shapes if annotation.get(k)})
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
    box = annotation.get("bbox") or _box(keypoints)
    area = annotation.get("area") or box[2] * box[3]
    enough = min(MIN_KEYPOINTS, max(2, len(order) // 2))
    main = bool((table[:, 2] > 0).sum() >= enough and area >= MIN_AREA)
    image.people.append(Person(keypoints, tuple(float(v) for v in box), main))


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

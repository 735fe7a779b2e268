"""COCO keypoint files of any category -> labels to train on."""

from __future__ import annotations

from pathlib import Path
from typing import List, Optional, Sequence, Tuple, Union

import numpy as np

from lightweight_openpose.analysis.coco_file import read_coco_file
from lightweight_openpose.poses import COCO17_KEYPOINTS, COCO18, Skeleton, skeleton_from_category

from .labels import BadLabels, LabelledImage, LabelledPerson, LabelSet, box_of, image_of, regions_of

# As in the paper.
MIN_KEYPOINTS = 5  # of a main person; half the keypoints of smaller skeletons
MIN_AREA = 32 * 32  # [px^2] of a main person


def read_coco(
    path: Union[str, Path],
    skeleton: Optional[Skeleton] = None,
    category: Optional[str] = None,
    images: Optional[Path] = None,
) -> LabelSet:
    """Labels from a COCO keypoint file, such as coco-annotator and CVAT write.

    skeleton: of the object, by default that of the category (for COCO persons coco18, whose neck is
    between the shoulders). category: name, needed when the file has several with keypoints. images:
    folder of the images, which tell the sizes that the file does not. What is not as it should be
    is in the notes; an annotation without joints that can be used is masked. Raises
    FileNotFoundError or BadLabels.
    """
    file = read_coco_file(path, images)
    chosen = _category(file.categories, category, path)
    names = tuple(chosen["keypoints"])
    if skeleton is None:
        skeleton = (
            COCO18 if names == COCO17_KEYPOINTS else skeleton_from_category(chosen, str(path))
        )
    order = _columns(names, skeleton, path)
    images_by_id = {i["id"]: _image(i, path) for i in file.images}
    for a in file.annotations:
        if a["category_id"] == chosen["id"]:
            _add(images_by_id[a["image_id"]], a, names, order)
    return LabelSet(skeleton, list(images_by_id.values()), file.notes)


def _image(entry: dict, path: Union[str, Path]) -> LabelledImage:
    try:
        return image_of(entry["file_name"], entry["width"], entry["height"])
    except KeyError:
        raise BadLabels(
            f"{path}: image {entry['file_name']} has no usable width and height; --images FOLDER "
            "takes them from the pictures"
        ) from None


def _category(categories: Sequence[dict], wanted: Optional[str], path: Union[str, Path]) -> dict:
    with_keypoints = [c for c in categories if c.get("keypoints")]
    matching = [c for c in with_keypoints if wanted in (None, c.get("name"))]
    if not matching:
        raise BadLabels(
            f"{path} has no category {wanted or 'with keypoints'}; it has "
            f"{', '.join(str(c.get('name')) for c in categories) or 'none'}"
        )
    if len(matching) > 1:
        raise BadLabels(
            f"{path} has several categories with keypoints; choose one with --category: "
            f"{', '.join(str(c.get('name')) for c in matching)}"
        )
    return matching[0]


def _columns(
    names: Tuple[str, ...], skeleton: Skeleton, path: Union[str, Path]
) -> List[Optional[int]]:
    """Column in the file of each keypoint; None for a neck made of the shoulders."""
    missing = [k for k in skeleton.keypoints if k not in names and k != "neck"]
    if missing:
        raise BadLabels(
            f"{path} has no keypoint {', '.join(missing)} of skeleton {skeleton.name}; it has "
            f"{', '.join(names)}"
        )
    return [names.index(k) if k in names else None for k in skeleton.keypoints]


def _add(
    image: LabelledImage, annotation: dict, names: Tuple[str, ...], order: List[Optional[int]]
) -> None:
    if annotation["iscrowd"] or not annotation["num_keypoints"]:
        image.masked += regions_of(annotation)
        return
    table = np.array(annotation["keypoints"], np.float32).reshape(len(names), 3)
    keypoints = np.stack([_neck(table, names) if c is None else table[c] for c in order])
    keypoints[~(keypoints[:, 2] > 0)] = 0
    box = box_of(annotation["bbox"])
    area = annotation.get("area", box[2] * box[3])
    enough = min(MIN_KEYPOINTS, max(2, len(order) // 2))
    main = bool(annotation["num_keypoints"] >= enough and area >= MIN_AREA)
    image.people.append(LabelledPerson(keypoints, box, main))


def _neck(table: np.ndarray, names: Tuple[str, ...]) -> np.ndarray:
    """Between the shoulders, as visible as the less visible one."""
    left = table[names.index("left_shoulder")]
    right = table[names.index("right_shoulder")]
    if not (left[2] > 0 and right[2] > 0):
        return np.zeros(3, np.float32)
    return np.array([*(left[:2] + right[:2]) / 2, min(left[2], right[2])], np.float32)

"""The labels of images, and the internal label file that keeps them, which is plain JSON."""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import List

import numpy as np

from lightweight_openpose.files import replacing
from lightweight_openpose.poses.skeleton import Skeleton
from lightweight_openpose.poses.skeleton_file import skeleton_from_dict, skeleton_to_dict

VERSION = 1
LONGEST_SIDE = 65535  # px of an image


class BadLabels(ValueError):
    """The label file cannot be used; the message names the file and the fault."""


@dataclass
class Person:
    """A labelled person (or object)."""

    # (K, 3) float32 [x px, y px, label]; label 0: not labelled, 1: hidden, 2: visible
    keypoints: np.ndarray
    box: tuple  # x, y, width, height [px]
    main: bool  # big and complete enough to be the centre of a crop


@dataclass
class LabelledImage:
    """An image and what is labelled in it."""

    file: str  # relative to the folder of the images
    width: int  # px
    height: int  # px
    people: List[Person] = field(default_factory=list)
    # regions without keypoint labels (crowds, unlabelled people) as COCO segmentations or boxes
    masked: List[dict] = field(default_factory=list)


@dataclass
class LabelSet:
    """The labels of many images for one skeleton."""

    skeleton: Skeleton
    images: List[LabelledImage]
    warnings: List[str] = field(default_factory=list)  # faults of the file that it came from

    def save(self, path) -> None:
        """Write the internal label file."""
        document = {
            "version": VERSION,
            "skeleton": skeleton_to_dict(self.skeleton),
            "images": [_image_to_dict(image) for image in self.images],
        }
        with replacing(path) as partial:
            partial.write_text(json.dumps(document) + "\n")


def _image_to_dict(image: LabelledImage) -> dict:
    people = [
        {
            "keypoints": np.round(p.keypoints.astype(float), 2).tolist(),
            "box": list(p.box),
            "main": p.main,
        }
        for p in image.people
    ]
    return {
        "file": image.file,
        "width": image.width,
        "height": image.height,
        "masked": image.masked,
        "people": people,
    }


def image_of(file, width, height) -> LabelledImage:
    """An image without labels yet. Raises ValueError for what none can be."""
    if not isinstance(file, str) or not file or "\0" in file:
        raise ValueError(f"the name of an image is {file!r}")
    path = PurePosixPath(file)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{file} leads out of the folder of the images")
    sides = (int(width), int(height))
    if not all(1 <= side <= LONGEST_SIDE for side in sides):
        raise ValueError(f"{file} has {width}x{height} px; 1..{LONGEST_SIDE} are possible")
    return LabelledImage(file, *sides)


def box_of(values) -> tuple:
    """Box (x, y, width, height) [px] of four numbers. Raises ValueError or TypeError for others."""
    box = tuple(float(v) for v in values)
    if len(box) != 4 or not np.isfinite(box).all() or min(box[2:]) < 0:
        raise ValueError("a box has x, y, width and height")
    return box


def region_of(fields: dict) -> dict:
    """A region to mask, from what COCO says of an annotation: segmentation or bbox.

    Raises KeyError, TypeError or ValueError for one that has no place.
    """
    shape = fields.get("segmentation")
    if not shape:
        return {"bbox": list(box_of(fields["bbox"]))}
    if isinstance(shape, dict):
        if not isinstance(shape["counts"], (str, list)) or len(shape["size"]) != 2:
            raise ValueError("a segmentation has counts and size")
    elif not all(len(ring) >= 6 and np.isfinite(np.array(ring, float)).all() for ring in shape):
        raise ValueError("a segmentation has rings of at least three points")
    return {"segmentation": shape}


def _person_from_dict(fields: dict, skeleton: Skeleton) -> Person:
    keypoints = np.asarray(fields["keypoints"], np.float32)
    if keypoints.shape != (skeleton.num_keypoints, 3):
        raise ValueError(f"a person has keypoints of shape {keypoints.shape}")
    return Person(keypoints, box_of(fields["box"]), bool(fields["main"]))


def _image_from_dict(fields: dict, skeleton: Skeleton) -> LabelledImage:
    image = image_of(fields["file"], fields["width"], fields["height"])
    image.people = [_person_from_dict(p, skeleton) for p in fields["people"]]
    image.masked = [region_of(region) for region in fields["masked"]]
    return image


def read_json(path) -> dict:
    """A JSON object. Raises FileNotFoundError or BadLabels."""
    try:
        with open(str(path)) as stream:
            document = json.load(stream)
    except FileNotFoundError:
        raise FileNotFoundError(f"no label file at {path}") from None
    except (ValueError, RecursionError) as error:
        raise BadLabels(f"{path} is no JSON, it may be truncated: {error}") from None
    if not isinstance(document, dict):
        raise BadLabels(f"{path} is no label file: the top level is no object")
    return document


def load_labels(path) -> LabelSet:
    """Labels from the internal file of `pose prepare`. Raises FileNotFoundError or BadLabels."""
    document = read_json(path)
    if document.get("version") != VERSION or "skeleton" not in document:
        hint = (
            "run `pose prepare` on it"
            if "annotations" in document
            else "make it with `pose prepare`"
        )
        raise BadLabels(f"{path} is not an internal label file of version {VERSION}; {hint}")
    skeleton = skeleton_from_dict(document["skeleton"], str(path))
    try:
        images = [_image_from_dict(image, skeleton) for image in document["images"]]
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise BadLabels(f"{path} is damaged: {type(error).__name__} {error}") from None
    return LabelSet(skeleton, images)

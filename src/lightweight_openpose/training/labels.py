"""The labels of images, and the internal label file that keeps them, which is plain JSON."""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import List

import numpy as np

from lightweight_openpose.files import replacing
from lightweight_openpose.poses.skeleton import Skeleton
from lightweight_openpose.poses.skeleton_file import skeleton_from_dict, skeleton_to_dict

VERSION = 1


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


def _image_from_dict(fields: dict) -> LabelledImage:
    people = [
        Person(np.asarray(p["keypoints"], np.float32), tuple(p["box"]), p["main"])
        for p in fields["people"]
    ]
    return LabelledImage(
        fields["file"], fields["width"], fields["height"], people, fields["masked"]
    )


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
        hint = (
            "run `pose prepare` on it"
            if "annotations" in document
            else "make it with `pose prepare`"
        )
        raise BadLabels(f"{path} is not an internal label file of version {VERSION}; {hint}")
    try:
        images = [_image_from_dict(image) for image in document["images"]]
    except (KeyError, TypeError, ValueError) as error:
        raise BadLabels(f"{path} is damaged: {type(error).__name__} {error}") from None
    return LabelSet(skeleton_from_dict(document["skeleton"], str(path)), images)

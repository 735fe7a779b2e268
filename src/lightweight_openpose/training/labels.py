"""The labels of images, and the internal label file that keeps them, which is plain JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Iterable, List, Sequence, Tuple, Union

import numpy as np

from lightweight_openpose.analysis.coco_file import LONGEST_SIDE, read_document
from lightweight_openpose.analysis.coco_notes import BadLabels, Notes
from lightweight_openpose.analysis.coco_values import LARGEST, shape_of
from lightweight_openpose.files import replacing
from lightweight_openpose.poses import Skeleton, skeleton_from_dict, skeleton_to_dict

VERSION = 1


@dataclass
class LabelledPerson:
    """A labelled person (or object)."""

    # (K, 3) float32 [x px, y px, label]; label 0: not labelled, 1: hidden, 2: visible
    keypoints: np.ndarray
    box: Tuple[float, ...]  # x, y, width, height [px]
    main: bool  # big and complete enough to be the centre of a crop


@dataclass
class LabelledImage:
    """An image and what is labelled in it."""

    file: str  # relative to the folder of the images
    width: int  # px
    height: int  # px
    people: List[LabelledPerson] = field(default_factory=list)
    # regions without keypoint labels (crowds, unlabelled people) as COCO segmentations or boxes
    masked: List[dict] = field(default_factory=list)


@dataclass
class LabelSet:
    """The labels of many images for one skeleton."""

    skeleton: Skeleton
    images: List[LabelledImage]
    notes: Notes = field(default_factory=lambda: Notes(""))  # of the file that it came from

    @property
    def warnings(self) -> List[str]:
        """The notes as text, what was lost first."""
        return [str(note) for note in self.notes.faults + self.notes.repairs]

    def save(self, path: Union[str, Path]) -> None:
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


def image_of(file: object, width: Any, height: Any) -> LabelledImage:
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


def box_of(values: Iterable[float]) -> Tuple[float, ...]:
    """Box (x, y, width, height) [px] of four numbers. Raises ValueError or TypeError for others."""
    box = tuple(float(v) for v in values)
    if len(box) != 4 or not _usable(box) or min(box[2:]) < 0:
        raise ValueError("a box has x, y, width and height")
    return box


def _usable(values: Union[np.ndarray, Sequence[float]]) -> bool:
    """Whether all are numbers that a label may have; NaN is none."""
    return bool((np.abs(values) <= LARGEST).all())


def regions_of(annotation: dict) -> List[dict]:
    """The region to mask of an annotation that read_coco_file gave."""
    found = [{name: annotation[name]} for name in ("segmentation", "bbox") if name in annotation]
    return found[:1]


def _region(fields: dict, image: LabelledImage) -> dict:
    if fields.get("segmentation"):
        return {"segmentation": shape_of(fields["segmentation"], (image.height, image.width))}
    return {"bbox": list(box_of(fields["bbox"]))}


def _person_from_dict(fields: dict, skeleton: Skeleton) -> LabelledPerson:
    keypoints = np.asarray(fields["keypoints"], float)
    if keypoints.shape != (skeleton.num_keypoints, 3):
        raise ValueError(f"a person has keypoints of shape {keypoints.shape}")
    if not _usable(keypoints):
        raise ValueError("a person has keypoints that are no positions in an image")
    return LabelledPerson(keypoints.astype(np.float32), box_of(fields["box"]), bool(fields["main"]))


def _image_from_dict(fields: dict, skeleton: Skeleton) -> LabelledImage:
    image = image_of(fields["file"], fields["width"], fields["height"])
    image.people = [_person_from_dict(p, skeleton) for p in fields["people"]]
    image.masked = [_region(region, image) for region in fields["masked"]]
    return image


def load_labels(path: Union[str, Path]) -> LabelSet:
    """Labels from the internal file of `pose prepare`. Raises FileNotFoundError or BadLabels."""
    document = read_document(path)
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
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise BadLabels(f"{path} is damaged: {type(error).__name__} {error}") from None
    return LabelSet(skeleton, images)

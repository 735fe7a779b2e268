"""The one reader of COCO keypoint files: what they mean, of what other tools write.

Fields that are not given (null, 0, [], NaN) are made up for where the rest of the file says what
they are, and left out where it does not. Each such thing is noted with the annotation's id.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Optional, Union

from lightweight_openpose.files import read_json
from lightweight_openpose.video import try_image

from .coco_annotations import read_annotations
from .coco_notes import BadLabels, Notes
from .coco_values import absent, id_of, number
from .labelled_images import find_images, plain_name

LONGEST_SIDE = 65535  # px of an image


@dataclass
class CocoFile:
    """Images, annotations and categories, each field usable or not there.

    Images have id, file_name, and width and height [px] where known; annotations image_id,
    category_id, iscrowd (0 or 1), keypoints (3 K numbers, or none), num_keypoints, and bbox, area
    and segmentation where known.
    """

    notes: Notes
    document: dict  # all of the file, its three lists replaced by those below
    images: List[dict] = field(default_factory=list)
    annotations: List[dict] = field(default_factory=list)
    categories: List[dict] = field(default_factory=list)


def read_document(path: Union[str, Path]) -> dict:
    """The object in a JSON file of labels. Raises FileNotFoundError, OSError or BadLabels."""
    try:
        document = read_json(path)
    except FileNotFoundError:
        raise FileNotFoundError(f"no label file at {path}") from None
    except ValueError as error:
        raise BadLabels(str(error)) from None
    if not isinstance(document, dict):
        raise BadLabels(f"{path} is no label file: the top level is no object")
    return document


def read_coco_file(path: Union[str, Path], images: Optional[Path] = None) -> CocoFile:
    """A COCO keypoint file.

    images: folder of its images, which tell the sizes that the file does not. Raises BadLabels for
    a file that is none, FileNotFoundError or another OSError for one that cannot be read.
    """
    document = read_document(path)
    for name in ("images", "annotations", "categories"):
        if not isinstance(document.get(name), list):
            raise BadLabels(f"{path} has no list of {name}; is it a COCO keypoint file?")
    file = CocoFile(Notes(path), document)
    _read_categories(file)
    _read_images(file)
    if images is not None:
        _measure(file, images)
    file.annotations = read_annotations(
        document["annotations"], file.images, file.categories, file.notes
    )
    document.update(images=file.images, annotations=file.annotations, categories=file.categories)
    return file


def _read_categories(file: CocoFile) -> None:
    for entry in file.document["categories"]:
        if not isinstance(entry, dict):
            raise BadLabels(f"{file.notes.path}: a category is no object: {str(entry)[:80]}")
        names = entry.get("keypoints")
        names = [] if absent(names) else names
        if "id" not in entry or not isinstance(names, list):
            raise BadLabels(f"{file.notes.path}: a category has no id or no list of keypoints")
        if not all(isinstance(name, str) for name in names):
            raise BadLabels(f"{file.notes.path}: a keypoint's name is no text: {str(names)[:80]}")
        file.categories.append({**entry, "id": _id(entry["id"], "a category", file)})
        if names:
            file.categories[-1]["keypoints"] = names
    counts = Counter(c["id"] for c in file.categories)
    twice = [i for i, count in counts.items() if count > 1]
    if twice:
        raise BadLabels(f"{file.notes.path}: two categories have the same id {twice[0]}")


def _id(value: Any, what: str, file: CocoFile) -> Any:
    try:
        found = id_of(value)
    except ValueError as error:
        raise BadLabels(f"{file.notes.path}: {what} has no usable id: {error}") from None
    if found != value:
        file.notes.repaired(what, f"its id {str(value)!r} is read as {found!r}")
    return found


def _read_images(file: CocoFile) -> None:
    """Each id is given once; they are all numbers or all texts, for those who sort them."""
    known: Dict[object, str] = {}
    for entry in file.document["images"]:
        try:
            name = plain_name(entry["file_name"])
            key = id_of(entry["id"])
        except (KeyError, TypeError, ValueError) as error:
            raise BadLabels(
                f"{file.notes.path}: an image without a usable id and file_name: "
                f"{str(entry)[:80]}: {type(error).__name__} {error}"
            ) from None
        if key in known:
            raise BadLabels(
                f"{file.notes.path}: {known[key]} and {name} have the same id {key}, so that "
                "nobody knows whose labels are whose; give each image an id of its own"
            )
        known[key] = name
        other = {k: v for k, v in entry.items() if k not in ("width", "height")}
        file.images.append({**other, "id": key, "file_name": name, **_sides(entry)})
        _note_image(file, entry, file.images[-1])
    if len({type(key) for key in known}) > 1:
        for image in file.images:
            image["id"] = str(image["id"])


def _sides(entry: dict) -> dict:
    found = {side: number(entry.get(side)) for side in ("width", "height")}
    usable = {k: int(v) for k, v in found.items() if v is not None and 1 <= v <= LONGEST_SIDE}
    return usable if len(usable) == 2 else {}


def _note_image(file: CocoFile, entry: dict, image: dict) -> None:
    told = {"id": "is text, read as a number", "file_name": "is read without what leads to it"}
    for name in ("id", "file_name", "width", "height"):
        if entry.get(name) != image.get(name):
            size = "is text, read as a number" if name in image else "is no size: not used"
            file.notes.repaired(f"image {image['file_name']}", f"its {name} {told.get(name, size)}")


def _measure(file: CocoFile, folder: Path) -> None:
    """Sizes of images that the file does not tell; those that cannot be read are left out."""
    unknown = [i for i in file.images if "width" not in i]
    lost = set()
    for image, path in zip(unknown, find_images(folder, [i["file_name"] for i in unknown])):
        picture = try_image(path)
        if picture is not None:
            image.update(width=picture.shape[1], height=picture.shape[0])
        else:
            lost.add(image["id"])
            file.notes.lost("", f"{path} has no size in the labels and cannot be read: left out")
    file.images = [i for i in file.images if i["id"] not in lost]

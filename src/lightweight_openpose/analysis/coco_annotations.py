"""The annotations of a COCO file: each field usable or not there."""

from __future__ import annotations

from typing import Any, List, Optional, Tuple

from .coco_joints import read_joints
from .coco_notes import BadLabels, Notes, Place
from .coco_values import (
    BadShape,
    absent,
    clipped,
    flag,
    id_of,
    joint_box,
    number,
    numbers,
    shape_area,
    shape_box,
    shape_of,
)

SMALLEST = 1  # px^2 of a person: what is smaller is no area
BEYOND = 1  # px that a box may lie beyond its image, by rounding


def read_annotations(
    given: List[dict], images: List[dict], categories: List[dict], notes: Notes
) -> List[dict]:
    """Those of the images. Raises BadLabels where there are some and none can be used."""
    reader = _Reader(images, categories, notes)
    found = [a for place, entry in enumerate(given, 1) for a in reader.read(entry, place)]
    if given and not found:
        first = (notes.faults + notes.repairs)[0]
        raise BadLabels(
            f"{notes.path}: none of its {len(given)} annotations can be used, the first: {first}"
        )
    return found


class _Reader:
    """Reads the annotations of known images and categories."""

    def __init__(self, images: List[dict], categories: List[dict], notes: Notes):
        self._images = {id_of(i["id"]): i for i in images}
        self._categories = {c["id"]: c for c in categories}
        self._notes = notes
        self._place = Place(notes, "")  # of the annotation that is read

    def read(self, entry: Any, place: int) -> List[dict]:
        """An annotation, or nothing where it cannot be used; place: in the file, from 1."""
        self._place = Place(self._notes, f"annotation number {place}")
        if not isinstance(entry, dict):
            self._place.lost(f"{str(entry)[:80]} is no object: left out")
            return []
        where = f"annotation {str(entry.get('id', f'number {place}'))[:40]}"
        self._place = Place(self._notes, where)
        image = self._image_of(entry)
        category = self._category_of(entry) if image is not None else None
        if image is None or category is None:
            return []
        self._place = Place(self._notes, f"{image['file_name']}, {where}")
        found = self._fields(entry, image, category)
        if found["num_keypoints"] or "bbox" in found or "segmentation" in found:
            return [found]
        note = (
            self._place.lost if "area" in found else self._place.repaired
        )  # an empty one is of no account
        note("it has neither joints nor a place: left out")
        return []

    def _fields(self, entry: dict, image: dict, category: dict) -> dict:
        size = (image["height"], image["width"]) if "width" in image else None
        found = {k: v for k, v in entry.items() if k not in ("segmentation", "bbox", "area")}
        found.update(image_id=image["id"], category_id=category["id"], iscrowd=self._crowd(entry))
        names = category.get("keypoints") or []
        found["keypoints"] = read_joints(entry.get("keypoints"), names, size, self._place)
        found["num_keypoints"] = self._count(entry, found["keypoints"])
        self._add_shape(entry, found, size)
        self._add_box(entry, found, size)
        self._add_area(entry, found)
        return found

    def _image_of(self, entry: dict) -> Optional[dict]:
        try:
            key = id_of(entry.get("image_id"))
        except ValueError:
            self._place.lost(f"image_id {str(entry.get('image_id'))[:60]} is no id: left out")
            return None
        if key not in self._images:
            self._place.repaired(f"image_id {str(key)[:60]} is not among the images: left out")
            return None
        if type(key) is not type(entry["image_id"]):
            self._place.repaired("its image_id is read as a number")
        return self._images[key]

    def _category_of(self, entry: dict) -> Optional[dict]:
        given = entry.get("category_id")
        only = [c for c in self._categories.values() if c.get("keypoints")]
        if absent(given) and len(only) == 1:
            self._place.repaired(
                "category_id is not given: that of the only one with keypoints is taken"
            )
            return only[0]
        try:
            key = id_of(given)
        except ValueError:
            key = None
        if key not in self._categories:
            self._place.lost(f"category_id {str(given)[:60]} is not among the categories: left out")
            return None
        if key != given:
            self._place.repaired("its category_id is read as a number")
        return self._categories[key]

    def _crowd(self, entry: dict) -> int:
        given = entry.get("iscrowd")
        found = flag(given)
        if found is None:
            self._place.lost(f"iscrowd is {str(given)[:60]}, neither 0 nor 1: taken for a crowd")
            return 1
        if "iscrowd" in entry and (isinstance(given, bool) or not isinstance(given, (int, float))):
            self._place.repaired(f"iscrowd {str(given)!r} is read as {int(found)}")
        return int(found)

    def _count(self, entry: dict, keypoints: list) -> int:
        count = sum(v > 0 for v in keypoints[2::3])
        given = entry.get("num_keypoints")
        if not absent(given) and number(given) != count:
            self._place.repaired(
                "num_keypoints is not the number of labelled joints, which is taken"
            )
        return count

    def _add_shape(self, entry: dict, found: dict, size: Optional[Tuple[int, int]]) -> None:
        given = entry.get("segmentation")
        if absent(given):
            return
        try:
            found["segmentation"] = shape_of(given, size)
        except BadShape as error:
            self._place.repaired(f"its segmentation {error}: not used")
        except (AttributeError, LookupError, OverflowError, TypeError, ValueError):
            self._place.repaired(
                "its segmentation is neither rings nor a run-length code: not used"
            )

    def _add_box(self, entry: dict, found: dict, size: Optional[Tuple[int, int]]) -> None:
        """Its own where that lies in the image, else around its segmentation or its joints."""
        box, fault = self._own_box(entry.get("bbox"), size)
        if box is None and "segmentation" in found:
            box = shape_box(found["segmentation"])
            fault += ": that around its segmentation is taken" if box is not None else ""
        elif box is None and found["num_keypoints"]:
            box = joint_box(found["keypoints"])
            fault += ": that around its joints is taken"
        if box is not None:
            found["bbox"] = box
        if fault:
            self._place.repaired(fault)

    @staticmethod
    def _own_box(given: Any, size: Optional[Tuple[int, int]]) -> Tuple[Optional[list], str]:
        """The box that is given, as far as it can be used, and what is wrong with it, or ""."""
        box = numbers(given, 4)
        if absent(given) or box == [0, 0, 0, 0]:
            return None, "bbox is not given"
        if box is None:
            return None, "bbox is not x, y, width and height"
        if min(box[2:]) <= 0:
            return None, "bbox has no width or height"
        inside = clipped(box, size[1], size[0]) if size is not None else box
        if inside is None:
            return None, "bbox lies outside of the image"
        if max(abs(a - b) for a, b in zip(inside, box)) > BEYOND:
            return inside, "bbox goes beyond the image: cut"
        return box, "" if box == given else "bbox is read as numbers"

    def _add_area(self, entry: dict, found: dict) -> None:
        """Its own, else that of its segmentation: the area of the person, not of the box."""
        given = entry.get("area")
        area = number(given)
        if area is not None and area >= SMALLEST:
            found["area"] = area
            if area != given:
                self._place.repaired("area is text and read as a number")
        elif "segmentation" in found:
            found["area"] = shape_area(found["segmentation"])
            self._place.repaired("area is not given: that of its segmentation is taken")
        elif "area" in entry:
            self._place.repaired("area is not given")

"""Label files with mistakes: each is named, nothing is given to the wrong image, nothing half."""
import copy
import json
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from hostile_files import COCO

from lightweight_openpose.cli.program import main
from lightweight_openpose.training.coco_labels import read_coco
from lightweight_openpose.training.labels import BadLabels, load_labels


def changed(change):
    document = copy.deepcopy(COCO)
    change(document)
    return document


def write(path, document):
    path.write_text(json.dumps(document))
    return path


def test_two_images_of_one_id_are_refused_since_nobody_knows_whose_labels_are_whose(tmp_path):
    image = {**COCO["images"][0], "file_name": "b.png"}
    path = write(tmp_path / "coco.json", {**COCO, "images": [*COCO["images"], image]})
    with pytest.raises(BadLabels, match="a.png and b.png have the same id 1"):
        read_coco(path)


@pytest.mark.parametrize("field, value", [
    ("bbox", [1, 2]), ("bbox", "wide"), ("bbox", [1, 2, -5, 3]), ("bbox", [1, 2, float("nan"), 4]),
    ("area", "large"), ("keypoints", 5), ("keypoints", [1, 2, 2]),
])
def test_a_bad_annotation_is_left_out_and_named(field, value, tmp_path):
    good = COCO["annotations"][0]
    path = write(
        tmp_path / "coco.json", {**COCO, "annotations": [{**good, "id": 7, field: value}, good]}
    )
    labels = read_coco(path)
    assert len(labels.images[0].people) == 1
    assert len(labels.warnings) == 1 and "annotation 7: " in labels.warnings[0]


@pytest.mark.parametrize("region", [
    {"segmentation": [[1, 2]]}, {"segmentation": [["a"] * 6]}, {"segmentation": {"counts": 5}},
    {"segmentation": {"counts": "abc", "size": [5]}}, {"bbox": [1, 2]}, {"segmentation": 5},
])
def test_a_bad_region_is_not_masked_and_named(region, tmp_path):
    crowd = {"id": 7, "image_id": 1, "category_id": 1, "iscrowd": 1, **region}
    path = write(
        tmp_path / "coco.json", {**COCO, "annotations": [crowd, *COCO["annotations"]]}
    )
    labels = read_coco(path)
    assert labels.images[0].masked == [] and "annotation 7: " in labels.warnings[0]


@pytest.mark.parametrize("place, value, said", [
    (("version",), 2, "version 1"),
    (("skeleton",), 5, "needs the fields"),
    (("images",), 5, "damaged"),
    (("images", 0), 5, "damaged"),
    (("images", 0, "file"), "../a.png", "leads out"),
    (("images", 0, "file"), "/etc/passwd", "leads out"),
    (("images", 0, "width"), 10**9, "px"),
    (("images", 0, "width"), float("inf"), "damaged"),
    (("images", 0, "masked"), [{}], "damaged"),
    (("images", 0, "people"), [5], "damaged"),
    (("images", 0, "people", 0, "keypoints"), [[1, 2]], "keypoints of shape"),
    (("images", 0, "people", 0, "box"), [1, 2, 3], "a box has"),
    (("images", 0, "people", 0, "box"), None, "damaged"),
])
def test_a_mistake_in_the_internal_file_is_named(place, value, said, tmp_path):
    path = tmp_path / "labels.json"
    assert main(["prepare", "--labels", str(write(tmp_path / "coco.json", COCO)),
                 "--output", str(path)]) == 0
    document = json.loads(path.read_text())
    inner = document
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    write(path, document)
    with pytest.raises(ValueError, match=said):
        load_labels(path)

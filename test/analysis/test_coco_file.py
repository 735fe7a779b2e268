"""COCO files as other tools write them: one reader mends them, or says by name what is lost."""

import copy
import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from hostile_files import COCO, LABELS, MENDED

from lightweight_openpose.analysis.coco_ap import coco_of
from lightweight_openpose.analysis.coco_file import BadLabels, read_coco_file
from lightweight_openpose.analysis.coco_values import mask_of

NAN = float("nan")
# Of a labels that is none; the others lose labels or are mended.
NOT_READ = {
    "no_json",
    "number",
    "list",
    "deep",
    "empty",
    "binary",
    "no_images",
    "images_number",
    "images_of_numbers",
    "annotations_of_numbers",
    "categories_of_numbers",
    "category_names_number",
    "category_names_of_numbers",
    "category_no_id",
    "twice",
    "image_id_list",
    "image_no_name",
    "annotation_of_list",
}
LOST = {"keypoints_number", "keypoints_text", "keypoints_objects"}
SQUARE = [[10, 10, 30, 10, 30, 50, 10, 50]]  # 20 x 40 px


def write(document, tmp_path):
    path = tmp_path / "coco.json"
    if isinstance(document, bytes):
        path.write_bytes(document)
    else:
        path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def read(document, tmp_path):
    return read_coco_file(write(document, tmp_path))


def changed(**changes):
    """COCO with another second annotation."""
    document = copy.deepcopy(COCO)
    document["annotations"].append({**document["annotations"][0], "id": 7, **changes})
    return {**document, "info": {"year": 2024}}


def said(labels):
    return [str(note) for note in labels.notes.faults + labels.notes.repairs]


def test_a_good_file_is_read_as_it_is_and_nothing_is_said(tmp_path):
    document = changed(iscrowd=0, num_keypoints=4, segmentation=SQUARE, score=0.5, note="x")
    document["annotations"][0].update(iscrowd=0, num_keypoints=4)
    labels = read(document, tmp_path)
    assert labels.document == document and said(labels) == []


@pytest.mark.parametrize("name", sorted(NOT_READ))
def test_a_file_that_is_none_is_named(name, tmp_path):
    with pytest.raises(BadLabels, match="coco.json") as error:
        read(LABELS[name], tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", sorted(set(LABELS) - NOT_READ))
def test_another_file_is_read_and_what_is_not_used_is_said(name, tmp_path):
    labels = read(LABELS[name], tmp_path)
    assert len(labels.notes.faults) == (name in LOST)
    assert all("annotation 1: " in str(note) for note in labels.notes.faults)
    assert len(labels.notes.repairs) > 0 or name not in MENDED


@pytest.mark.parametrize("value", [None, 0, 0.0, [], "", NAN, "NaN", -1])
def test_an_area_that_is_not_given_is_that_of_the_segmentation(value, tmp_path):
    labels = read(changed(area=value, segmentation=SQUARE), tmp_path)
    assert labels.annotations[1]["area"] == 800
    note = "a.png, annotation 7: area is not given"
    assert said(labels) == [f"{note}: that of its segmentation is taken"]
    labels = read(changed(area=value), tmp_path)
    assert "area" not in labels.annotations[1] and labels.annotations[0]["area"] == 3600
    assert said(labels) == [note]


@pytest.mark.parametrize(
    "value, what",
    [
        (None, "is not given"),
        ([], "is not given"),
        ([0, 0, 0, 0], "is not given"),
        ([NAN] * 4, "is not given"),
        ([None] * 4, "is not given"),
        ("", "is not given"),
        ([10, 10, 60, 0], "has no width or height"),
        ([10, 10, 0.0, 60], "has no width or height"),
        ([70, 70, -60, -60], "has no width or height"),
        ([1, 2], "is not x, y, width and height"),
        ([1, 2, NAN, 4], "is not x, y, width and height"),
        ("wide", "is not x, y, width and height"),
        ([-40, -40, 20, 20], "lies outside of the image"),
        ([300, 10, 20, 20], "lies outside of the image"),
    ],
)
def test_a_box_that_says_nothing_is_that_around_the_segmentation_or_the_joints(
    value, what, tmp_path
):
    labels = read(changed(bbox=value), tmp_path)
    assert labels.annotations[1]["bbox"] == [20, 20, 40, 40]
    assert said(labels) == [f"a.png, annotation 7: bbox {what}: that around its joints is taken"]
    labels = read(changed(bbox=value, segmentation=SQUARE), tmp_path)
    assert labels.annotations[1]["bbox"] == [10, 10, 20, 40]
    empty = read(changed(bbox=value, keypoints=[], area=0), tmp_path)
    assert len(empty.annotations) == 1 and not empty.notes.faults
    lost = read(changed(bbox=value, keypoints=[]), tmp_path)
    assert "it has neither joints nor a place: left out" in str(lost.notes.faults[0])


@pytest.mark.parametrize(
    "box, expected, notes",
    [
        ([-0.6, 0, 100.9, 100.4], [-0.6, 0, 100.9, 100.4], []),
        ([-10, 20, 50, 100], [0, 20, 40, 80], ["bbox goes beyond the image: cut"]),
        (["10", "10", "60", "60.0"], [10, 10, 60, 60], ["bbox is read as numbers"]),
    ],
)
def test_a_box_is_cut_at_the_image_and_text_is_a_number(box, expected, notes, tmp_path):
    labels = read(changed(bbox=box), tmp_path)
    assert labels.annotations[1]["bbox"] == expected
    assert said(labels) == [f"a.png, annotation 7: {note}" for note in notes]


@pytest.mark.parametrize(
    "value, crowd, notes",
    [
        (None, 0, 0),
        ([], 0, 1),
        (NAN, 0, 0),
        ("", 0, 1),
        (0, 0, 0),
        (1, 1, 0),
        ("0", 0, 1),
        ("1", 1, 1),
        (True, 1, 1),
        (False, 0, 1),
        ("true", 1, 1),
        ("False", 0, 1),
        (1.0, 1, 0),
    ],
)
def test_a_crowd_is_told_by_number_text_and_truth(value, crowd, notes, tmp_path):
    labels = read(changed(iscrowd=value), tmp_path)
    assert labels.annotations[1]["iscrowd"] == crowd
    assert len(labels.notes.repairs) <= 1 >= notes and not labels.notes.faults


@pytest.mark.parametrize("value", ["maybe", 7, [3]])
def test_what_is_neither_a_crowd_nor_none_is_lost(value, tmp_path):
    labels = read(changed(iscrowd=value), tmp_path)
    assert labels.annotations[1]["iscrowd"] == 1 and "iscrowd is" in str(labels.notes.faults[0])


@pytest.mark.parametrize("value", [None, 0, "", NAN, [], "4", 3, 17])
def test_the_number_of_joints_is_counted(value, tmp_path):
    labels = read(changed(num_keypoints=value), tmp_path)
    assert labels.annotations[1]["num_keypoints"] == 4
    assert len(labels.notes.repairs) == (value in (0, 3, 17))


@pytest.mark.parametrize("value", [None, [], {}, [[]], "", NAN, [None]])
def test_a_segmentation_that_is_not_given_is_left_out_silently(value, tmp_path):
    labels = read(changed(segmentation=value), tmp_path)
    assert "segmentation" not in labels.annotations[1] and said(labels) == []


@pytest.mark.parametrize("value", [None, NAN, "", "0.5", []])
def test_a_score_is_of_no_account(value, tmp_path):
    labels = read(changed(score=value), tmp_path)
    assert len(labels.annotations) == 2 and said(labels) == []


@pytest.mark.parametrize(
    "joint, expected, lost",
    [
        ([NAN, NAN, 2], [0, 0, 0], True),
        ([None, None, 2], [0, 0, 0], True),
        ([NAN, 20, 1], [0, 0, 0], True),
        ([NAN, NAN, 0], [0, 0, 0], False),
        ([None, None, None], [0, 0, 0], False),
        ([20, 20, None], [0, 0, 0], False),
        (["20", "20", "2"], [20, 20, 2], False),
        ([0, 0, 2], [0, 0, 0], False),
        ([500, 20, 2], [0, 0, 0], False),
        ([float("inf"), 20, 2], [0, 0, 0], True),
    ],
)
def test_a_joint_without_a_place_is_not_labelled(joint, expected, lost, tmp_path):
    keypoints = [*joint, *COCO["annotations"][0]["keypoints"][3:]]
    labels = read(changed(keypoints=keypoints), tmp_path)
    assert labels.annotations[1]["keypoints"][:3] == expected
    assert labels.annotations[1]["num_keypoints"] == 3 + (expected[2] > 0)
    assert len(labels.notes.faults) == lost and len(said(labels)) == 1
    if lost:
        pytest.importorskip("pycocotools")
        with pytest.raises(BadLabels, match="1 labels cannot be used, the first: a.png, annot.* 7"):
            coco_of(labels)


def test_joints_in_threes_are_read(tmp_path):
    keypoints = COCO["annotations"][0]["keypoints"]
    labels = read(changed(keypoints=[keypoints[i : i + 3] for i in range(0, 12, 3)]), tmp_path)
    assert labels.annotations[1]["keypoints"] == keypoints and said(labels) == []


@pytest.mark.parametrize(
    "image_id, of_annotation, key",
    [
        ("1", 1, 1),
        (1, "1", 1),
        ("1", "1", 1),
        ("000001", 1, 1),
        (1.0, 1, 1),
        (" 1 ", "1.0", 1),
        ("a.png", "a.png", "a.png"),
    ],
)
def test_ids_are_the_same_as_text_and_as_numbers(image_id, of_annotation, key, tmp_path):
    document = copy.deepcopy(COCO)
    document["images"][0]["id"] = image_id
    document["annotations"][0].update(image_id=of_annotation, category_id="1")
    document["categories"][0]["id"] = "1"
    labels = read(document, tmp_path)
    (annotation,) = labels.annotations
    assert annotation["image_id"] == labels.images[0]["id"] == key
    assert annotation["category_id"] == labels.categories[0]["id"] == 1
    assert "category_id is read as a number" in "".join(said(labels))


def test_ids_of_both_kinds_are_all_text(tmp_path):
    document = copy.deepcopy(COCO)
    document["images"].append({"id": "b", "file_name": "b.png", "width": 9, "height": 9})
    labels = read(document, tmp_path)
    assert [i["id"] for i in labels.images] == ["1", "b"]
    assert labels.annotations[0]["image_id"] == "1"


@pytest.mark.parametrize(
    "field, value, what",
    [
        ("image_id", 99, "image_id 99 is not among the images: left out"),
        ("image_id", None, "image_id None is no id: left out"),
        ("image_id", NAN, "image_id nan is no id: left out"),
        ("category_id", 0, "category_id 0 is not among the categories: left out"),
        ("category_id", "dog", "category_id dog is not among the categories: left out"),
    ],
)
def test_an_annotation_of_nothing_is_left_out_and_named(field, value, what, tmp_path):
    labels = read(changed(**{field: value}), tmp_path)
    assert len(labels.annotations) == 1 and said(labels)[0].endswith(f"annotation 7: {what}")
    one = changed(**{field: value})
    del one["annotations"][0]
    with pytest.raises(BadLabels, match="none of its 1 annotations can be used, the first: .*7"):
        read(one, tmp_path)


def test_without_a_category_it_is_the_only_one_with_keypoints(tmp_path):
    document = changed(category_id=None)
    document["categories"].append({"id": 2, "name": "car", "keypoints": []})
    assert read(document, tmp_path).annotations[1]["category_id"] == 1
    document["categories"][1]["keypoints"] = ["wheel"]
    assert "category_id None is not among" in said(read(document, tmp_path))[0]


def test_two_categories_of_one_id_are_refused(tmp_path):
    document = {**COCO, "categories": COCO["categories"] * 2}
    with pytest.raises(BadLabels, match="two categories have the same id 1"):
        read(document, tmp_path)


@pytest.mark.parametrize(
    "width, height, known",
    [
        ("100", "100", True),
        (100.0, 100, True),
        (0, 100, False),
        (None, None, False),
        (NAN, 100, False),
        ("wide", 100, False),
        (-5, 100, False),
        (10**9, 100, False),
    ],
)
def test_sizes_are_numbers_or_not_known(width, height, known, tmp_path):
    document = copy.deepcopy(COCO)
    document["images"][0].update(width=width, height=height)
    (image,) = read(document, tmp_path).images
    assert (image.get("width"), image.get("height")) == ((100, 100) if known else (None, None))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "utf-16"])
def test_a_byte_order_mark_is_read(encoding, tmp_path):
    document = json.dumps({**COCO, "info": "Straße"}, ensure_ascii=False)
    assert read(document.encode(encoding), tmp_path).document["info"] == "Straße"


@pytest.mark.parametrize("seed", range(4))
def test_a_mask_is_that_of_pycocotools(seed):
    rle = pytest.importorskip("pycocotools.mask")
    rng = np.random.default_rng(seed)
    blobs = np.repeat(np.repeat(rng.random((6, 9)) < 0.5, 13, 0), 57, 1).astype(np.uint8)
    mask = blobs if seed % 2 else (rng.random((37, 53)) < 0.3).astype(np.uint8)
    packed = rle.encode(np.asfortranarray(mask))
    packed["counts"] = str(packed["counts"], "ascii")
    np.testing.assert_array_equal(mask_of(packed), mask)
    flat = np.concatenate([[0], mask.T.ravel(), [2]])
    counts = np.diff([0, *np.flatnonzero(np.diff(flat[:-1])), mask.size])
    np.testing.assert_array_equal(mask_of({"size": mask.shape, "counts": counts.tolist()}), mask)


def test_notes_of_one_kind_are_one_line_with_their_number(tmp_path, capsys):
    document = copy.deepcopy(COCO)
    first = document["annotations"][0]
    document["annotations"] = [{**first, "id": i, "area": 0} for i in range(30)]
    document["annotations"] += [
        {**first, "id": f"n{i}", "keypoints": [i] * i} for i in range(1, 30) if i != 12
    ]
    read(document, tmp_path).notes.report("pose x")
    lines = capsys.readouterr().err.splitlines()
    assert all(line.startswith(f"pose x: {tmp_path / 'coco.json'}: ") for line in lines)
    assert "n1: 1 keypoint values instead of 12: not used" in lines[0]
    assert lines[20].endswith("and 8 more lines") and lines[21].endswith("28 labels cannot be used")
    assert lines[22].endswith(
        "annotation 0: area is not given; the same of 29 more: 1, 2, 3, 4, 5, 6, 7, 8, …"
    )
    assert lines[23].endswith("30 labels were read otherwise than written")

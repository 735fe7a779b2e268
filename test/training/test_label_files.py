"""Label files with mistakes: each is named, nothing is given to the wrong image, nothing half."""

import copy
import json
import re
import signal
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
sys.path[:0] = [str(Path(__file__).resolve().parents[1] / room) for room in ("cli", "video")]
from hostile_files import COCO
from test_images import turned_jpeg

from lightweight_openpose.cli.program import main
from lightweight_openpose.networks import build_network
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.training.augment import Augmentation
from lightweight_openpose.training.coco_labels import read_coco
from lightweight_openpose.training.config import TrainConfig
from lightweight_openpose.training.dataset import LabelledCrops, next_batch, region_mask
from lightweight_openpose.training.labels import BadLabels, load_labels
from lightweight_openpose.training.supervised import make_validator


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


@pytest.mark.parametrize(
    "field, value",
    [
        ("bbox", [1, 2]),
        ("bbox", "wide"),
        ("bbox", [1, 2, -5, 3]),
        ("bbox", [1, 2, float("nan"), 4]),
        ("bbox", [0, 0, 0, 0]),
        ("bbox", None),
        ("bbox", []),
        ("bbox", [20, 20, 40, 0.0]),
        ("bbox", [-1e300, -1e300, 2e300, 2e300]),
        ("bbox", [1, 2, 10**400, 10**400]),
        ("bbox", [10**400, 10**400, 10**400, 10**400]),
        ("area", 1e300),
        ("area", 10**400),
        ("area", "large"),
        ("area", 0),
        ("area", None),
        ("area", float("nan")),
        ("area", -5),
    ],
)
def test_an_annotation_whose_joints_are_good_is_trained_on(field, value, tmp_path):
    good = COCO["annotations"][0]
    path = write(
        tmp_path / "coco.json", {**COCO, "annotations": [{**good, "id": 7, field: value}, good]}
    )
    labels = read_coco(path)
    assert [p.main for p in labels.images[0].people] == [True, True]
    assert labels.images[0].people[0].box == (
        (20, 20, 40, 40) if field == "bbox" else (10, 10, 60, 60)
    )
    assert len(labels.warnings) == 1 and f"a.png, annotation 7: {field} " in labels.warnings[0]


@pytest.mark.parametrize(
    "value",
    [
        5,
        [1, 2, 2],
        "nose",
        [{"x": 1}] * 12,
        [float("nan"), 1, 2] * 4,
        [20, 20, 1e300] * 4,
        [20, 20, 10**400] * 4,
        [1e300, 20, 2] * 4,
    ],
)
def test_an_annotation_without_usable_joints_is_masked_and_named(value, tmp_path):
    good = COCO["annotations"][0]
    bad = {**good, "id": 7, "keypoints": value}
    path = write(tmp_path / "coco.json", {**COCO, "annotations": [bad, good]})
    labels = read_coco(path)
    assert len(labels.images[0].people) == 1
    assert labels.images[0].masked == [{"bbox": [10, 10, 60, 60]}]
    assert len(labels.notes.faults) == 1 and "annotation 7: " in labels.warnings[0]


def test_a_joint_whose_visibility_is_nan_is_not_labelled(tmp_path):
    good = COCO["annotations"][0]
    joints = [*good["keypoints"][:11], float("nan")]
    path = write(tmp_path / "coco.json", {**COCO, "annotations": [{**good, "keypoints": joints}]})
    labels = read_coco(path)
    assert labels.images[0].people[0].keypoints[:, 2].tolist() == [2, 2, 2, 0]
    assert "annotation 1: keypoints are read as numbers" in labels.warnings[0]


@pytest.mark.parametrize(
    "region",
    [
        {"segmentation": [[1, 2]]},
        {"segmentation": [["a"] * 6]},
        {"segmentation": {"counts": 5}},
        {"segmentation": {"counts": "abc", "size": [5]}},
        {"bbox": [1, 2]},
        {"segmentation": 5},
    ],
)
def test_a_bad_region_is_not_masked_and_named(region, tmp_path):
    crowd = {"id": 7, "image_id": 1, "category_id": 1, "iscrowd": 1, **region}
    path = write(tmp_path / "coco.json", {**COCO, "annotations": [crowd, *COCO["annotations"]]})
    labels = read_coco(path)
    assert labels.images[0].masked == [] and "annotation 7: " in labels.warnings[0]
    assert "annotation 7: it has neither joints nor a place: left out" in labels.warnings[-1]


def crowd(**region):
    return {"id": 7, "image_id": 1, "category_id": 1, "iscrowd": 1, **region}


@pytest.mark.parametrize(
    "segmentation",
    [
        {"size": [100, 100], "counts": [10, 20]},
        {"size": [50, 200], "counts": [5000, 5000]},
        {"size": [100, 100], "counts": [-1, 10001]},
        {"size": [100, 100], "counts": "PPYo1"},
        {"size": [0, 0], "counts": []},
        {"size": [100, 100]},
        {"counts": [10000]},
        {"size": [100000, 100000], "counts": [10**10]},
        {"size": [100, 100], "counts": [0.5, 9999.5]},
        [[1, 2, 3, 4]],
        5,
        "rings",
        [["a"] * 6],
        [[1, 1, 1e300, 1, 30, 30]],
    ],
)
def test_the_box_is_masked_where_a_segmentation_does_not_fit_its_image(segmentation, tmp_path):
    region = crowd(segmentation=segmentation, bbox=[10, 10, 20, 30])
    path = write(tmp_path / "coco.json", {**COCO, "annotations": [region, *COCO["annotations"]]})
    labels = read_coco(path)
    assert labels.images[0].masked == [{"bbox": [10, 10, 20, 30]}]
    assert "a.png, annotation 7: its segmentation " in labels.warnings[0]
    labels.save(tmp_path / "labels.json")
    assert region_mask(load_labels(tmp_path / "labels.json").images[0]).sum() == 255 * 600


@pytest.mark.parametrize(
    "box, masked",
    [
        ([-40, -40, 20, 20], 0),
        ([150, 10, 20, 20], 0),
        ([-10, -10, 20, 30], 200),
        ([90, 80, 50, 50], 200),
        ([-0.4, 0, 100.6, 100.3], 10000),
        ([0, 0, 0, 0], 0),
    ],
)
def test_a_crowd_s_box_masks_what_lies_in_the_image(box, masked, tmp_path):
    path = write(
        tmp_path / "coco.json", {**COCO, "annotations": [crowd(bbox=box), *COCO["annotations"]]}
    )
    labels = read_coco(path)
    assert (region_mask(labels.images[0]) > 0).sum() == masked
    assert bool(labels.warnings) == (masked != 10000)


def test_the_internal_file_is_read_with_a_byte_order_mark_and_its_masks_are_checked(tmp_path):
    labels = read_coco(write(tmp_path / "coco.json", COCO))
    labels.save(tmp_path / "labels.json")
    document = json.loads((tmp_path / "labels.json").read_text())
    (tmp_path / "labels.json").write_text(json.dumps(document), encoding="utf-8-sig")
    assert len(load_labels(tmp_path / "labels.json").images[0].people) == 1
    swapped = {"size": [200, 50], "counts": [10000]}
    document["images"][0]["masked"] = [{"segmentation": swapped}]
    write(tmp_path / "labels.json", document)
    with pytest.raises(BadLabels, match="is damaged: BadShape is of 50x200 px, its image of 100"):
        load_labels(tmp_path / "labels.json")


def test_sizes_that_a_file_does_not_tell_are_those_of_the_pictures(tmp_path, capsys):
    image = {**COCO["images"][0], "width": 0, "height": None}
    gone = {"id": 2, "file_name": "gone.png"}
    path = write(tmp_path / "coco.json", {**COCO, "images": [image, gone]})
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((90, 110, 3), np.uint8))
    command = ["prepare", "--labels", str(path), "--output", str(tmp_path / "labels.json")]
    assert main(command) == 1
    assert "image a.png has no usable width and height; --images" in capsys.readouterr().err
    assert main([*command, "--images", str(tmp_path)]) == 0
    assert "gone.png has no size in the labels and cannot be read: left out" in (
        capsys.readouterr().err
    )
    (image,) = load_labels(tmp_path / "labels.json").images
    assert (image.width, image.height) == (110, 90)


@pytest.mark.parametrize("turned", [False, True])
def test_labels_of_another_size_than_their_picture_end_prepare_and_train(turned, tmp_path, capsys):
    image = {**COCO["images"][0], "width": 120, "height": 100}
    path = write(tmp_path / "coco.json", {**COCO, "images": [image]})
    picture = np.zeros((100, 120, 3) if turned else (50, 60, 3), np.uint8)
    data = turned_jpeg(picture, 6) if turned else cv2.imencode(".jpg", picture)[1].tobytes()
    (tmp_path / "a.png").write_bytes(data)
    said = "a.png is 60x50 px, its labels say 120x100; give the pictures"
    if turned:
        said = "a.png is 100x120 px, its labels say 120x100: it is shown turned, by the orientation"
    command = ["prepare", "--labels", str(path), "--output", str(tmp_path / "labels.json")]
    assert main([*command, "--images", str(tmp_path)]) == 1
    assert said in capsys.readouterr().err and not (tmp_path / "labels.json").exists()
    assert main(command) == 0
    crops = LabelledCrops(load_labels(tmp_path / "labels.json"), tmp_path, Augmentation(size=64))
    with pytest.raises(BadLabels, match=re.escape(said)):
        crops[(0, 0)]


@pytest.fixture()
def no_handler_left():
    """PyTorch's handler of SIGCHLD stays in the process; children of later tests would call it."""
    before = signal.getsignal(signal.SIGCHLD)
    yield
    signal.signal(signal.SIGCHLD, before)
    torch.utils.data._utils.signal_handling._SIGCHLD_handler_set = False


def test_a_fault_in_a_loading_process_is_told_in_one_line(tmp_path, no_handler_left):
    labels = read_coco(write(tmp_path / "coco.json", COCO))
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((50, 60, 3), np.uint8))
    crops = LabelledCrops(labels, tmp_path, Augmentation(size=64))
    loader = torch.utils.data.DataLoader(crops, batch_sampler=[[(0, 0)]], num_workers=1)
    with pytest.raises(BadLabels) as error:
        next_batch(iter(loader))
    assert str(error.value).startswith(str(tmp_path / "a.png") + " is 60x50 px")


def test_crops_of_an_object_without_sides_are_not_mirrored_and_that_is_said(tmp_path, capsys):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((100, 100, 3), np.uint8))
    path = write(tmp_path / "coco.json", COCO)
    command = ["prepare", "--labels", str(path), "--output", str(tmp_path / "labels.json")]
    assert main(command) == 0
    told = capsys.readouterr()
    assert "crops will not be mirrored: skeleton thing has no names with left" in told.err
    assert "4 keypoints, 0 mirror pairs and 3 limbs" in told.out
    crops = LabelledCrops(read_coco(path), tmp_path, Augmentation(size=64, rotation=0, flip=1.0))
    assert "mirroring is off: skeleton thing has no names with left" in capsys.readouterr().err
    sides = crops[(0, 0)][1][:4].flatten(1).argmax(1) % 8  # columns of the joints
    assert sides[0] < sides[1]
    sided = {**COCO["categories"][0], "keypoints": ["left-a", "right-a", "b", "c"]}
    labels = read_coco(write(path, {**COCO, "categories": [sided]}))
    crops = LabelledCrops(labels, tmp_path, Augmentation(size=64, rotation=0, flip=1.0))
    assert "mirroring" not in capsys.readouterr().err
    sides = crops[(0, 0)][1][:4].flatten(1).argmax(1) % 8
    assert sides[0] < sides[1] and sides[2] > sides[3]  # the names keep their side, others do not


@pytest.mark.parametrize(
    "place, value, said",
    [
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
        (("images", 0, "people", 0, "box"), [1, 2, 1e300, 3], "a box has"),
        (("images", 0, "people", 0, "keypoints"), [[1, 2, float("nan")]] * 4, "no positions"),
        (("images", 0, "people", 0, "keypoints"), [[1, 1e300, 2]] * 4, "no positions"),
    ],
)
def test_a_mistake_in_the_internal_file_is_named(place, value, said, tmp_path):
    path = tmp_path / "labels.json"
    assert (
        main(
            ["prepare", "--labels", str(write(tmp_path / "coco.json", COCO)), "--output", str(path)]
        )
        == 0
    )
    document = json.loads(path.read_text())
    inner = document
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    write(path, document)
    with pytest.raises(ValueError, match=said):
        load_labels(path)


def test_the_validation_says_what_it_mended_and_ends_where_nobody_is_labelled(tmp_path, capsys):
    pytest.importorskip("pycocotools")
    submarine = find_skeleton("submarine")
    category = {"id": 1, "name": "submarine", "keypoints": list(submarine.keypoints)}
    first = {**COCO["annotations"][0], "area": 0, "bbox": [0, 0, 0, 0], "segmentation": []}
    document = {**COCO, "categories": [category], "annotations": [first]}
    config = TrainConfig(
        val_labels=str(write(tmp_path / "coco.json", document)), val_images=str(tmp_path)
    )
    validate = make_validator(config, submarine)
    said = capsys.readouterr().err
    assert "annotation 1: bbox is not given: that around its joints is taken" in said
    assert "annotation 1: area is not given" in said
    with pytest.raises(BadLabels, match="none of the 1 pictures with labelled people could be"):
        validate(build_network("lightweight", submarine, 0).eval())
    write(tmp_path / "coco.json", {**document, "annotations": [{**first, "iscrowd": 1}]})
    with pytest.raises(BadLabels, match="nobody with keypoints of category submarine"):
        make_validator(config, submarine)

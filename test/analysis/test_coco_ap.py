"""An AP is of what was found and labelled, or it is refused: nothing counts that is not there."""

import copy
import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

pytest.importorskip("pycocotools")
from lightweight_openpose.analysis.coco_ap import coco_ap, coco_of, detect, to_coco
from lightweight_openpose.analysis.coco_file import BadLabels, read_coco_file
from lightweight_openpose.cli import evaluate
from lightweight_openpose.cli.program import main
from lightweight_openpose.poses.skeleton import COCO17_KEYPOINTS, COCO18
from people import person

NAN = float("nan")
ORDER = [COCO18.index(name) for name in COCO17_KEYPOINTS]


def keypoints(x=0.0, size=1.0):
    """51 numbers of somebody, 54 wide and 179 high at size 1."""
    rows = person().keypoints[ORDER].astype(float)
    rows[:, :2] = rows[:, :2] * size + (x, 0)
    rows[:, 2] = 2
    return rows.ravel().tolist()


def annotation(number, x=0.0, size=1.0, **changes):
    joints = keypoints(x, size)
    low, high = (f(np.reshape(joints, (-1, 3))[:, :2], 0) for f in (np.min, np.max))
    box = [*low.tolist(), *(high - low).tolist()]
    return {
        "id": number,
        "image_id": 1,
        "category_id": 1,
        "iscrowd": 0,
        "bbox": box,
        "area": box[2] * box[3],
        "keypoints": joints,
        "num_keypoints": 17,
        **changes,
    }


def document(*annotations, **image):
    return {
        "images": [{"id": 1, "file_name": "a.png", "width": 800, "height": 500, **image}],
        "annotations": list(annotations),
        "categories": [{"id": 1, "name": "person", "keypoints": list(COCO17_KEYPOINTS)}],
    }


def labels_of(content, tmp_path):
    (tmp_path / "labels.json").write_text(json.dumps(content))
    return coco_of(read_coco_file(tmp_path / "labels.json"))


def detection(x=0.0, size=1.0, score=0.9, lost=()):
    rows = np.reshape(keypoints(x, size), (-1, 3))
    rows[list(lost)] = 0
    return {"image_id": 1, "category_id": 1, "score": score, "keypoints": rows.ravel().tolist()}


class Found:
    """An estimator that finds the same people in every picture."""

    skeleton = COCO18
    backend = type("Backend", (), {"name": "stub", "device": "CPU", "precision": "f32"})

    def __init__(self, *poses):
        self._poses = poses

    def __call__(self, image):
        return list(self._poses)


def picture(tmp_path, height=500, width=800):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((height, width, 3), np.uint8))


def test_a_joint_that_is_nan_is_no_match(tmp_path):
    joints = keypoints()
    joints[0:2] = [NAN, NAN]
    with pytest.raises(BadLabels, match="a.png, annotation 1: nose has no place: not used; fix"):
        labels_of(document(annotation(1, keypoints=joints)), tmp_path)
    labels = labels_of(document(annotation(1)), tmp_path)
    for spoilt in (
        {"score": NAN},
        {"keypoints": [NAN, *keypoints()[1:]]},
        {"keypoints": [float("inf"), *keypoints()[1:]]},
    ):
        with pytest.raises(ValueError, match="a detection in image 1 has numbers that are none"):
            coco_ap(labels, [detection(), {**detection(), **spoilt}])


def test_a_joint_that_was_not_found_has_no_score_and_a_pose_has_one():
    pose = person()
    pose.keypoints[0] = [NAN, 5, 0.9]
    pose.keypoints[14] = [np.inf, 5, 0.9]
    rows = np.reshape(to_coco([pose], 1, COCO18)[0]["keypoints"], (-1, 3))
    assert rows[[0, 2]].tolist() == [[0, 0, 0]] * 2 and (rows[:, 2] > 0).sum() == 15
    with pytest.raises(ValueError, match="a pose has the score nan"):
        to_coco([replace(pose, score=NAN)], 1, COCO18)


def test_sizes_are_those_of_the_joints_that_were_found(tmp_path):
    """Somebody of medium size who is not there is a mistake among medium people, also with lost
    joints: the first of two detections is wrong, and AP a half. Counted at (0, 0), it were large.
    """
    labels = labels_of(document(annotation(1, size=0.4)), tmp_path)
    for lost in ((), (0,), (0, 16)):
        stats, _ = coco_ap(labels, [detection(700, 0.4, 0.9, lost), detection(0, 0.4, 0.5)])
        assert stats[3] == pytest.approx(0.5)  # medium
        assert stats[0] == pytest.approx(0.5)
    wrong = [detection(700, 0.4, 0.9, range(1, 17)), detection(0, 0.4, 0.5)]
    assert coco_ap(labels, wrong)[0][3] == pytest.approx(1)  # one joint has no size
    assert [set(d) for d in wrong] == [{"image_id", "category_id", "score", "keypoints"}] * 2


def test_people_without_an_area_are_refused_and_estimated_on_demand(tmp_path):
    content = document(annotation(1), annotation(2, x=200, area=0), annotation(3, x=400, area=None))
    said = "2 people have neither an area nor a segmentation, the first is annotation 2; .*--estim"
    with pytest.raises(BadLabels, match=said):
        labels_of(content, tmp_path)
    labels = coco_of(read_coco_file(tmp_path / "labels.json"), estimate_areas=True)
    full, half, _ = (a["area"] for a in labels.dataset["annotations"])
    assert half == pytest.approx(0.53 * full)


def test_the_segmentation_tells_an_area_and_crowds_need_none(tmp_path):
    ring = [[0, 0, 100, 0, 100, 50, 0, 50]]
    crowd = {"id": 4, "image_id": 1, "category_id": 1, "iscrowd": 1, "bbox": [1, 2, 30, 40]}
    content = document(annotation(1, area=0, segmentation=ring), {**crowd, "keypoints": [0] * 51})
    labels = labels_of(content, tmp_path)
    assert [a["area"] for a in labels.dataset["annotations"]] == [5000, 1200]


@pytest.mark.parametrize(
    "change",
    [
        lambda image, category, first: image.update(id="1"),
        lambda image, category, first: first.update(image_id="1"),
        lambda image, category, first: first.update(category_id="1"),
        lambda image, category, first: category.update(id="1"),
        lambda image, category, first: first.update(iscrowd="0"),
        lambda image, category, first: first.update(iscrowd=False),
        lambda image, category, first: first.update(iscrowd=None),
        lambda image, category, first: first.update(num_keypoints=0),
        lambda image, category, first: first.update(num_keypoints=None),
        lambda image, category, first: first.update(bbox=None),
        lambda image, category, first: first.update(bbox=[0, 0, 0, 0]),
        lambda image, category, first: first.update(score=NAN),
        lambda image, category, first: first.update(segmentation={"size": [1, 2], "counts": [5]}),
        lambda image, category, first: first.update(area=str(first["area"])),
        lambda image, category, first: first.update(keypoints=[str(v) for v in first["keypoints"]]),
        lambda image, category, first: image.update(file_name="..\\upload\\A.PNG"),
        lambda image, category, first: image.update(width=0, height=None),
        lambda image, category, first: first.pop("id"),
    ],
)
def test_what_is_mended_has_the_ap_of_the_good_file(change, tmp_path):
    picture(tmp_path)
    content = document(annotation(1), annotation(2, x=300))
    found = [person(3), person(300.0)]  # 3 px beside
    expected = None
    for changed in (False, True):
        if changed:
            change(content["images"][0], content["categories"][0], content["annotations"][0])
            content["annotations"].append(annotation(3, image_id=99))
        labels = labels_of(content, tmp_path)
        detections, unreadable = detect(Found(*found), labels, tmp_path)
        assert unreadable == []
        table = coco_ap(labels, detections)[1]
        assert expected in (None, table)
        expected = table
    assert "= 1.000" not in expected.splitlines()[0] and "0.9" in expected.splitlines()[0]


def test_a_result_of_nothing_is_an_error(tmp_path):
    labels = labels_of(document(annotation(1)), tmp_path)
    with pytest.raises(BadLabels, match="none of the 1 pictures with labelled people could be"):
        detect(Found(person()), labels, tmp_path)
    nobody = [annotation(1, keypoints=[0] * 51, num_keypoints=0)]
    for people in (nobody, [], [annotation(1, iscrowd=1)]):
        labels = labels_of(document(*people), tmp_path)
        for call in (
            lambda: detect(Found(person()), labels, tmp_path),
            lambda: coco_ap(labels, [detection()]),
            lambda: coco_ap(labels, []),
        ):
            with pytest.raises(BadLabels, match="nobody with keypoints of category person"):
                call()


def test_a_picture_without_people_does_not_make_up_for_those_that_are_gone(tmp_path):
    content = document(annotation(1))
    content["images"].append({"id": 2, "file_name": "b.png", "width": 9, "height": 9})
    cv2.imwrite(str(tmp_path / "b.png"), np.zeros((9, 9, 3), np.uint8))
    with pytest.raises(BadLabels, match="the first is a.png; give their folder"):
        detect(Found(person()), labels_of(content, tmp_path), tmp_path)


def test_labels_of_another_size_than_their_picture_are_refused(tmp_path):
    picture(tmp_path, 800, 500)
    with pytest.raises(BadLabels, match="a.png is 500x800 px, its labels say 800x500.*EXIF"):
        detect(Found(person()), labels_of(document(annotation(1)), tmp_path), tmp_path)


def test_the_command_says_what_it_mended_and_ends_with_1_for_nothing(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(evaluate, "load_estimator", lambda arguments: Found(person()))
    command = ["evaluate", "--labels", str(tmp_path / "labels.json"), "--images", str(tmp_path)]
    labels_of(document(annotation(1, iscrowd="0")), tmp_path)
    assert main(command) == 1
    told = capsys.readouterr()
    assert "iscrowd '0' is read as 0" in told.err and "could be read in" in told.err
    assert "Average Precision" not in told.out
    picture(tmp_path)
    assert main(command) == 0
    assert "Average Precision" in capsys.readouterr().out
    content = document(annotation(1, area=0))
    (tmp_path / "labels.json").write_text(json.dumps(content), encoding="utf-8-sig")
    assert main(command) == 1
    assert "--estimate-areas" in capsys.readouterr().err
    assert main([*command, "--estimate-areas", "--joints"]) == 0
    assert "Average Precision" in capsys.readouterr().out


def test_subset_writes_what_was_mended(tmp_path, capsys):
    content = copy.deepcopy(document(annotation(1, area=0, bbox=[0] * 4), annotation(2, x=300)))
    content["annotations"][0]["image_id"] = "1"
    (tmp_path / "labels.json").write_text(json.dumps(content), encoding="utf-8-sig")
    out = tmp_path / "part.json"
    command = ["subset", "--labels", str(tmp_path / "labels.json"), "--number", "1"]
    assert main([*command, "--output", str(out)]) == 0
    told = capsys.readouterr()
    assert "1 images, 2 annotations" in told.out and "image_id is read as a number" in told.err
    file = read_coco_file(out)
    assert file.notes.repairs == [] and [a["image_id"] for a in file.annotations] == [1, 1]
    assert "area" not in file.annotations[0] and file.annotations[1]["area"] > 0

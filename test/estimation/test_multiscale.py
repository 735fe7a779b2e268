"""Averaged maps and the report per joint."""

import json

import cv2
import numpy as np
import pytest

from lightweight_openpose.analysis.coco_ap import coco_ap, coco_of
from lightweight_openpose.analysis.coco_file import read_coco_file
from lightweight_openpose.analysis.joint_errors import draw_worst, joint_table, match_people
from lightweight_openpose.cli.program import main
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.multiscale import AveragingEstimator, mirror_maps
from lightweight_openpose.poses.skeleton import COCO17_KEYPOINTS, COCO18
from people import mirrored, standing

pytest.importorskip("torch")
from lightweight_openpose.training.targets import make_targets

SIZE = 256  # height [px]
PEOPLE = [standing(x, -25, size=1.2).astype(float) for x in (-50, 70)]


def test_mirrored_maps_are_those_of_the_mirrored_people():
    maps = make_targets(PEOPLE, COCO18, SIZE, SIZE)
    other = make_targets([mirrored(k, SIZE) for k in PEOPLE], COCO18, SIZE, SIZE)
    other = np.ascontiguousarray(other[:, :, ::-1])
    turned = np.concatenate(mirror_maps(other[:19], other[19:], COCO18))
    np.testing.assert_allclose(turned, maps, atol=1e-6)


class Oracle:
    """A backend that draws the people's true maps for any input size.

    In a mirrored image, which is blue on the right, mirrored.
    """

    name = "oracle"
    device = "none"
    skeleton = COCO18
    info = None

    def __init__(self, width):
        self.width = width

    def __call__(self, tensor):
        h, w = tensor.shape[2:]
        scale = h / SIZE
        right = slice(int(0.55 * self.width * scale), int(0.8 * self.width * scale))
        is_mirror = tensor[0, 0, :, : w // 4].mean() < tensor[0, 0, :, right].mean()
        scaled = []
        for keypoints in PEOPLE:
            k = mirrored(keypoints, self.width) if is_mirror else keypoints.copy()
            k[:, :2] = (k[:, :2] + 0.5) * scale - 0.5
            scaled.append(k)
        maps = make_targets(scaled, COCO18, h, w)[None]
        return maps[:, :19], maps[:, 19:]


@pytest.mark.parametrize("scales, flip", [((1.0,), False), ((1.0,), True), ((0.5, 1.0, 2.0), True)])
# 261: mirrored and plain image are padded on different sides
@pytest.mark.parametrize("width", [256, 261])
def test_people_stay_where_they_are_in_every_average(scales, flip, width):
    image = np.zeros((SIZE, width, 3), np.uint8)
    image[:, : width // 3] = (255, 0, 0)
    estimator = AveragingEstimator(PoseEstimator(Oracle(width), input_height=SIZE), scales, flip)
    found = sorted(estimator(image), key=lambda p: np.nanmean(p.keypoints[:, 0]))
    assert len(found) == 2
    for pose, truth in zip(found, PEOPLE):
        assert np.nanmax(np.linalg.norm(pose.keypoints[:, :2] - truth[:, :2], axis=1)) < 4


def annotation(number, keypoints):
    """Of COCO; numbered from 0, which the evaluation itself cannot bear."""
    xy = keypoints[[COCO18.index(name) for name in COCO17_KEYPOINTS], :2]
    low = xy.min(0)
    size = xy.max(0) - low
    return {
        "id": number,
        "image_id": 1,
        "category_id": 1,
        "iscrowd": 0,
        "num_keypoints": 17,
        "area": float(size.prod()),
        "bbox": [*low.tolist(), *size.tolist()],
        "keypoints": [v for x, y in xy.tolist() for v in (x, y, 2)],
    }


@pytest.fixture
def labelled(tmp_path):
    document = {
        "info": {},
        "images": [{"id": 1, "file_name": "a.png", "width": SIZE, "height": SIZE}],
        "annotations": [annotation(i, keypoints) for i, keypoints in enumerate(PEOPLE)],
        "categories": [{"id": 1, "name": "person", "keypoints": list(COCO17_KEYPOINTS)}],
    }
    (tmp_path / "labels.json").write_text(json.dumps(document))
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((SIZE, SIZE, 3), np.uint8))
    return tmp_path


def detection(keypoints):
    return {"image_id": 1, "category_id": 1, "score": 0.9, "keypoints": keypoints}


def test_the_report_counts_joints_and_shows_the_worst(labelled):
    labels = coco_of(read_coco_file(labelled / "labels.json"))
    moved = np.array(labels.anns[1]["keypoints"], float).reshape(-1, 3)
    moved[0, :2] += 50  # the nose is wrong
    moved[16] = 0  # an ankle is missing
    matches = match_people(labels, [detection(moved.ravel().tolist())], COCO18)
    assert [m.similarity > 0.8 for m in matches] == [True, False]
    lines = joint_table(matches, labels.cats[1]["keypoints"]).splitlines()
    table = {line.split()[0]: line.split()[1:] for line in lines}
    assert table["nose"] == ["2", "50.0%", "0.0%", "70.7"]
    assert table["left_eye"] == ["2", "50.0%", "50.0%", "0.0"]
    assert table["right_ankle"][:3] == ["2", "0.0%", "0.0%"]
    paths = draw_worst(matches, labels, labelled, labelled / "worst", 5)
    assert len(paths) == 1 and cv2.imread(str(paths[0])).max() == 255
    exact = [detection(a["keypoints"]) for a in labels.anns.values()]
    assert coco_ap(labels, exact)[0][0] == pytest.approx(1)


def test_labels_of_another_object_are_one_line(labelled, capsys):
    document = json.loads((labelled / "labels.json").read_text())
    document["categories"][0]["keypoints"] = ["bow", "stern"]
    for a in document["annotations"]:
        a["keypoints"] = a["keypoints"][:6]
    (labelled / "labels.json").write_text(json.dumps(document))
    labels = coco_of(read_coco_file(labelled / "labels.json"))
    with pytest.raises(ValueError, match="no category with keypoints of skeleton coco18"):
        match_people(labels, [], COCO18)
    (labelled / "labels.json").write_text("[1")
    images = ["--images", str(labelled)]
    assert main(["evaluate", "--labels", str(labelled / "labels.json"), *images]) == 1
    assert "is no JSON" in capsys.readouterr().err
    assert main(["evaluate", "--labels", str(labelled / "none.json"), *images]) == 1
    assert "none.json does not exist" in capsys.readouterr().err

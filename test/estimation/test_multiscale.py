"""Averaged maps and the report per joint."""
import json

import cv2
import numpy as np
import pytest

from lightweight_openpose.analysis.coco_ap import coco_ap, read_labels
from lightweight_openpose.analysis.joint_errors import draw_worst, joint_table, match_people
from lightweight_openpose.cli.program import main
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.multiscale import AveragingEstimator, mirror_maps
from lightweight_openpose.poses.skeleton import COCO18

pytest.importorskip("torch")
from lightweight_openpose.training.targets import make_targets

SIZE = 256


def people():
    rng = np.random.default_rng(0)
    result = []
    for x in (70, 190):
        keypoints = np.ones((18, 3))
        keypoints[:, :2] = np.stack([rng.uniform(x - 30, x + 30, 18), np.linspace(20, 230, 18)], 1)
        result.append(keypoints)
    return result


def mirrored(keypoints, width):
    moved = keypoints.copy()
    moved[:, 0] = width - 1 - moved[:, 0]
    return moved[list(COCO18.flip_permutation)]


def test_mirrored_maps_are_those_of_the_mirrored_people():
    maps = make_targets(people(), COCO18, SIZE, SIZE)
    other = make_targets([mirrored(k, SIZE) for k in people()], COCO18, SIZE, SIZE)[:, :, ::-1]
    turned = np.concatenate(mirror_maps(np.ascontiguousarray(other[:19]), np.ascontiguousarray(other[19:]), COCO18))
    np.testing.assert_allclose(turned, maps, atol=1e-6)


class Oracle:
    """A backend that draws the people's true maps for any input size; in a mirrored image (blue on the right) mirrored."""

    name, device, skeleton, info = "oracle", "none", COCO18, None

    def __init__(self, width):
        self.width = width

    def __call__(self, tensor):
        h, w = tensor.shape[2:]
        scale = h / SIZE
        is_mirror = tensor[0, 0, :, :w // 4].mean() < tensor[0, 0, :, int(0.55 * self.width * scale):int(0.8 * self.width * scale)].mean()
        scaled = []
        for k in people():
            k = mirrored(k, self.width) if is_mirror else k.copy()
            k[:, :2] = (k[:, :2] + 0.5) * scale - 0.5
            scaled.append(k)
        maps = make_targets(scaled, COCO18, h, w)[None]
        return maps[:, :19], maps[:, 19:]


@pytest.mark.parametrize("scales, flip", [((1.0,), False), ((1.0,), True), ((0.5, 1.0, 2.0), True)])
@pytest.mark.parametrize("width", [256, 261])  # 261: mirrored and plain image are padded on different sides
def test_people_stay_where_they_are_in_every_average(scales, flip, width):
    image = np.zeros((SIZE, width, 3), np.uint8)
    image[:, :width // 3] = (255, 0, 0)
    estimator = AveragingEstimator(PoseEstimator(Oracle(width), input_height=SIZE), scales, flip)
    found = sorted(estimator(image), key=lambda p: np.nanmean(p.keypoints[:, 0]))
    assert len(found) == 2
    for pose, truth in zip(found, people()):
        assert np.nanmax(np.linalg.norm(pose.keypoints[:, :2] - truth[:, :2], axis=1)) < 4


@pytest.fixture
def labelled(tmp_path):
    from lightweight_openpose.poses.skeleton import COCO17_KEYPOINTS
    order = [COCO18.index(k) for k in COCO17_KEYPOINTS]
    annotations = []
    for i, k in enumerate(people()):
        flat = [v for x, y, _ in k[order] for v in (float(x), float(y), 2)]
        annotations.append({"id": i, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 60.0 * 210, "num_keypoints": 17,
                            "bbox": [float(k[:, 0].min()), 20.0, 60.0, 210.0], "keypoints": flat})
    path = tmp_path / "labels.json"
    path.write_text(json.dumps({"images": [{"id": 1, "file_name": "a.png", "width": SIZE, "height": SIZE}], "info": {},
                                "annotations": annotations,
                                "categories": [{"id": 1, "name": "person", "keypoints": list(COCO17_KEYPOINTS)}]}))
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((SIZE, SIZE, 3), np.uint8))
    return tmp_path


def test_the_report_counts_joints_and_shows_the_worst(labelled):
    labels = read_labels(labelled / "labels.json")
    first = labels.anns[1]["keypoints"]  # numbered from 0 in the file, which the evaluation cannot bear
    moved = np.array(first, float).reshape(-1, 3)
    moved[0, :2] += 50                 # the nose is wrong
    moved[16] = 0                      # an ankle is missing
    detections = [{"image_id": 1, "category_id": 1, "score": 0.9, "keypoints": moved.ravel().tolist()}]
    matches = match_people(labels, detections, COCO18)
    assert [m.similarity > 0.8 for m in matches] == [True, False]
    table = {line.split()[0]: line.split()[1:] for line in joint_table(matches, labels.cats[1]["keypoints"]).splitlines()}
    assert table["nose"] == ["2", "50.0%", "0.0%", "70.7"]
    assert table["left_eye"] == ["2", "50.0%", "50.0%", "0.0"] and table["right_ankle"][:3] == ["2", "0.0%", "0.0%"]
    paths = draw_worst(matches, labels, labelled, labelled / "worst", 5)
    assert len(paths) == 1 and cv2.imread(str(paths[0])).max() == 255
    exact = [{"image_id": 1, "category_id": 1, "score": 0.9, "keypoints": a["keypoints"]} for a in labels.anns.values()]
    assert coco_ap(labels, exact)[0][0] == pytest.approx(1)


def test_labels_of_another_object_are_one_line(labelled, capsys):
    document = json.loads((labelled / "labels.json").read_text())
    document["categories"][0]["keypoints"] = ["bow", "stern"]
    (labelled / "labels.json").write_text(json.dumps(document))
    labels = read_labels(labelled / "labels.json")
    with pytest.raises(ValueError, match="no category with keypoints of skeleton coco18"):
        match_people(labels, [], COCO18)
    (labelled / "labels.json").write_text("[1")
    assert main(["evaluate", str(labelled / "labels.json"), str(labelled)]) == 1
    assert "is no COCO label file" in capsys.readouterr().err
    assert main(["evaluate", str(labelled / "none.json"), str(labelled)]) == 1
    assert "none.json does not exist" in capsys.readouterr().err

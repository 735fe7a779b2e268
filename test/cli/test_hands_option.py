"""`pose image` and `pose video` with hands, from networks that see the same in every image."""

import json
import re
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from constant_network import write_constant_network
from lightweight_openpose.cli.program import main
from lightweight_openpose.estimation import PoseEstimator, second_networks
from lightweight_openpose.estimation.arms import arms_of
from lightweight_openpose.estimation.closeup import to_image
from lightweight_openpose.estimation.hand_networks import JointHands
from lightweight_openpose.poses import COCO18, Pose, find_skeleton
from lightweight_openpose.poses.pose_lines import read_frames
from people import maps_of, standing

SIZE = (256, 256)  # of image and network's input [px]: neither is scaled
HAND = find_skeleton("hand_21")
# Of a hand in the network's input of 368 px, as it sees the right one.
JOINTS = np.array([(60 + 12 * k, 100 + 9 * k) for k in range(21)], float)


@pytest.fixture
def networks(tmp_path):
    person = standing(20, 20)
    body = write_constant_network(
        tmp_path / "body.onnx", maps_of([person], size=(32, 32)), COCO18, SIZE
    )
    hand = write_constant_network(tmp_path / "hand.onnx", [maps_of([JOINTS], HAND, (46, 46))[0]])
    return ["--model", str(body), "--hands", str(hand), "--backend", "onnxruntime"]


def expected(side):
    """(21, 2) places [px] of the joints of a hand of standing(20, 20), by OpenPose's rule."""
    joints = standing(20, 20)[[COCO18.index(f"{side}_{p}") for p in ("shoulder", "elbow", "wrist")]]
    shoulder, elbow, wrist = joints[:, :2].astype(float)
    size = 1.5 * max(np.hypot(*(wrist - elbow)), 0.9 * np.hypot(*(elbow - shoulder)))
    corner = wrist + 0.33 * (wrist - elbow) - size / 2
    share = (JOINTS + 0.5) / 368
    if side == "left":
        share[:, 0] = 1 - share[:, 0]
    return corner + share * size


def test_a_photo_has_hands_in_its_json_and_picture(networks, tmp_path):
    cv2.imwrite(str(tmp_path / "photo.png"), np.full((*SIZE, 3), 60, np.uint8))
    pictures = []
    for name, options in (("with", networks), ("without", networks[:2] + networks[4:])):
        out = tmp_path / name
        assert main(["image", str(tmp_path / "photo.png"), "--output", str(out), *options]) == 0
        (pose,) = json.loads((out / "photo.json").read_text())["poses"]
        pictures.append(cv2.imread(str(out / "photo.png")).astype(int))
        assert ("left_hand" in pose) == ("right_hand" in pose) == (name == "with")
        for side in ("left", "right") if name == "with" else ():
            found = np.array(pose[f"{side}_hand"])
            np.testing.assert_allclose(found[:, :2], expected(side), atol=0.6)
            assert (found[:, 2] > 0.8).all()
    drawn = np.abs(pictures[0] - pictures[1]).max(2)
    for side in ("left", "right"):
        for x, y in expected(side).round().astype(int)[5:]:  # away from the wrist
            assert drawn[y - 1 : y + 2, x - 1 : x + 2].max() > 40


def test_a_video_has_hands_in_its_lines_and_in_the_files_of_openpose(networks, tmp_path):
    (tmp_path / "photos").mkdir()
    for name in "ab":
        cv2.imwrite(str(tmp_path / "photos" / f"{name}.png"), np.full((*SIZE, 3), 60, np.uint8))
    command = ["video", str(tmp_path / "photos"), "--output", str(tmp_path / "out.mp4")]
    assert main([*command, "--write-json", str(tmp_path / "json"), *networks]) == 0
    frames = list(read_frames(tmp_path / "out.jsonl"))
    assert len(frames) == 2
    for frame in frames:
        np.testing.assert_allclose(frame.poses[0].right_hand[:, :2], expected("right"), atol=0.6)
    for path in sorted((tmp_path / "json").iterdir()):
        (person,) = json.loads(path.read_text())["people"]
        for side in ("left", "right"):
            joints = np.array(person[f"hand_{side}_keypoints_2d"]).reshape(21, 3)
            np.testing.assert_allclose(joints[:, :2], expected(side), atol=0.6)


def test_an_estimator_times_its_hands_and_is_warm(networks):
    options = dict(model=networks[1], backend="onnxruntime", hands=networks[3])
    estimator = PoseEstimator.load(**options)
    estimator.warm_up()
    seen = estimator.infer(np.zeros((*SIZE, 3), np.uint8))
    (pose,) = estimator.decode(seen)
    assert isinstance(pose, Pose) and pose.left_hand is not None and seen.timing.hands > 0


def test_hands_run_on_the_backend_of_the_people_where_that_reads_their_file(networks):
    pytest.importorskip("openvino")
    names = {}
    for backend in ("openvino", "onnxruntime"):
        hands = PoseEstimator.load(networks[1], backend, hands=networks[3]).hands
        names[backend] = hands.network.backend.name
    assert names == {"openvino": "openvino", "onnxruntime": "onnxruntime"}
    assert PoseEstimator.load(networks[1], "onnxruntime").hands is None


def test_a_network_on_crops_looks_twice_and_is_right_about_the_side(networks, tmp_path):
    """It finds the same joints in every crop: those of the second one count."""
    joints = np.array([(48, 72)] + [(24 + 12 * f, 60 - 12 * j) for f in range(5) for j in range(4)])
    points = np.c_[joints, np.ones(21)]
    hand = write_constant_network(tmp_path / "crop.onnx", [points, np.array([0.9])], HAND, (96, 96))
    cv2.imwrite(str(tmp_path / "photo.png"), np.full((*SIZE, 3), 60, np.uint8))
    command = ["image", str(tmp_path / "photo.png"), "--output", str(tmp_path / "out")]
    assert main([*command, *networks[:2], "--hands", str(hand), "--backend", "onnxruntime"]) == 0
    (pose,) = json.loads((tmp_path / "out" / "photo.json").read_text())["poses"]
    crops = JointHands(SimpleNamespace(tells_sides=False))
    for side, arm in arms_of(Pose(standing(20, 20), 0.9), COCO18).items():
        first = to_image(joints, crops.from_arm(side, arm), 96)
        second = to_image(joints, crops.around(side, first), 96)
        found = np.array(pose[f"{side}_hand"])
        np.testing.assert_allclose(found[:, :2], second, atol=1.0)
        np.testing.assert_allclose(found[:, 2], 0.9, atol=1e-3)


def test_the_option_without_a_value_means_the_network_of_the_package(
    networks, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(second_networks, "OWN_HAND", "no-such-network")
    cv2.imwrite(str(tmp_path / "photo.png"), np.zeros((*SIZE, 3), np.uint8))
    command = ["image", str(tmp_path / "photo.png"), "--output", str(tmp_path / "out"), "--hands"]
    assert main([*command, *networks[:2], "--backend", "onnxruntime"]) != 0
    (line,) = capsys.readouterr().err.splitlines()
    assert "no model named 'no-such-network'" in line


@pytest.mark.parametrize(
    "skeleton, hands, said",
    [
        ("submarine", "hand.onnx", "submarine has no left_elbow: hands are found at the ends"),
        ("coco18", "nowhere.onnx", "no model named .*nowhere.onnx"),
        ("coco18", "body.onnx", "body.onnx has no output with 22 heatmap channels"),
    ],
)
def test_what_cannot_be_is_one_line(networks, tmp_path, capsys, skeleton, hands, said):
    other = find_skeleton(skeleton)
    count = other.num_heatmaps, other.num_pafs
    maps = [np.zeros((n, 32, 32), np.float32) for n in count]
    write_constant_network(tmp_path / "other.onnx", maps, other, SIZE)
    cv2.imwrite(str(tmp_path / "photo.png"), np.zeros((*SIZE, 3), np.uint8))
    command = ["image", str(tmp_path / "photo.png"), "--output", str(tmp_path / "out")]
    assert (
        main(
            [
                *command,
                "--model",
                str(tmp_path / "other.onnx"),
                "--backend",
                "onnxruntime",
                "--hands",
                str(tmp_path / hands),
            ]
        )
        != 0
    )
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(said, line)

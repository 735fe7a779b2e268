"""`--output-skeleton body_hands`: body and hands in one list, and what is made of it."""

import json

import cv2
import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from constant_network import write_constant_network
from lightweight_openpose.cli.program import main
from lightweight_openpose.estimation import PoseEstimator
from lightweight_openpose.poses import COCO18, find_skeleton
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.pose_lines import read_frames
from lightweight_openpose.poses.skeleton_map import convert_pose
from people import maps_of, standing

SIZE = (256, 256)  # of image and network's input [px]: neither is scaled
HAND, BODY_HANDS = find_skeleton("hand_21"), find_skeleton("body_hands")
JOINTS = np.array([(60 + 12 * k, 100 + 9 * k) for k in range(21)], float)  # of 368 px


@pytest.fixture
def networks(tmp_path):
    person = standing(20, 20)
    body = write_constant_network(
        tmp_path / "body.onnx", maps_of([person], size=(32, 32)), COCO18, SIZE
    )
    hand = write_constant_network(tmp_path / "hand.onnx", [maps_of([JOINTS], HAND, (46, 46))[0]])
    (tmp_path / "photos").mkdir()
    for name in "ab":
        cv2.imwrite(str(tmp_path / "photos" / f"{name}.png"), np.full((*SIZE, 3), 60, np.uint8))
    return ["--model", str(body), "--hands", str(hand), "--backend", "onnxruntime"]


def image_of(tmp_path, out, *options):
    """JSON and picture of a photo."""
    photo, folder = tmp_path / "photos" / "a.png", tmp_path / out
    assert main(["image", str(photo), "--output", str(folder), *options]) == 0
    return json.loads((folder / "a.json").read_text()), (folder / "a.png").read_bytes()


def test_a_photo_has_60_joints_by_name_and_the_same_picture(networks, tmp_path):
    apart, picture = image_of(tmp_path, "apart", *networks)
    one, same_picture = image_of(
        tmp_path, "one", *networks, "--heads", "--face", "off", "--output-skeleton", "body_hands"
    )
    assert one["skeleton"] == "body_hands" and one["keypoint_names"] == list(BODY_HANDS.keypoints)
    (before,), (pose,) = apart["poses"], one["poses"]
    assert pose["keypoints"] == [*before["keypoints"], *before["left_hand"], *before["right_hand"]]
    assert "left_hand" not in pose and "right_hand" not in pose and "head" in pose
    _, again = image_of(tmp_path, "again", *networks, "--output-skeleton", "body_hands")
    assert again == picture != same_picture  # with the axes of the head


def test_hands_that_were_not_looked_for_are_null(networks, tmp_path):
    one, _ = image_of(
        tmp_path, "one", *networks[:2], *networks[4:], "--output-skeleton", "body_hands"
    )
    (pose,) = one["poses"]
    assert all(pose["keypoints"][:18]) and pose["keypoints"][18:] == [None] * 42


def test_lines_of_a_video_are_read_back_and_hands_plotted(networks, tmp_path, capsys):
    lines = {}
    for name, options in (("apart", []), ("one", ["--output-skeleton", "body_hands"])):
        output = tmp_path / f"{name}.mp4"
        command = ["video", str(tmp_path / "photos"), "--output", str(output), *networks]
        assert main([*command, *options]) == 0
        lines[name] = output.with_suffix(".jsonl")
    for one, apart in zip(read_frames(lines["one"]), read_frames(lines["apart"])):
        assert one.skeleton == "body_hands"
        (whole,), (pose,) = one.poses, apart.poses
        again = convert_pose(whole, BODY_HANDS, COCO18)
        np.testing.assert_array_equal(again.keypoints, pose.keypoints)
        np.testing.assert_array_equal(again.left_hand, pose.left_hand)
    pytest.importorskip("matplotlib")
    for name, options in (("one", []), ("apart", ["--skeleton", "body_hands"])):
        picture = tmp_path / f"{name}.png"
        command = ["plot", str(lines[name]), "--output", str(picture), *options]
        assert main([*command, "--joints", "left_hand_index_4", "nose"]) == 0 and picture.exists()
        assert main([*command, "--joints", "left_hand"]) == 0
        assert main(["tracks", str(lines[name]), *options]) == 0
    assert main(["plot", str(lines["one"]), "--joints", "tail"]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert "body_hands has no tail; it has nose" in said
    assert said.endswith("and the groups body, left_hand, right_hand")


@pytest.mark.parametrize(
    "skeleton, said",
    [
        ("submarine", "skeleton submarine has no joint of skeleton coco18"),
        ("whale", "no skeleton named 'whale'"),
    ],
)
def test_what_cannot_be_is_one_line(networks, tmp_path, capsys, skeleton, said):
    command = ["image", str(tmp_path / "photos" / "a.png"), "--output", str(tmp_path / "out")]
    assert main([*command, *networks[:2], *networks[4:], "--output-skeleton", skeleton]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_a_network_that_finds_hands_itself_gives_people_as_all_others_do(tmp_path):
    """A network of body_hands: its poses are of coco18, with hands beside the joints."""
    places = np.full((60, 3), (0, 0, 0.9), np.float32)
    places[:18] = standing(20, 20)
    for first, x in ((18, 150), (39, 30)):  # a column of the picture for each finger
        for k in range(21):
            finger, joint = ((k - 1) // 4, (k - 1) % 4) if k else (2, -1)
            places[first + k, :2] = x + 18 * finger, 200 - 36 * joint
    person = Pose(places, 1.0)
    maps = maps_of([person.keypoints], BODY_HANDS, (32, 32))
    model = write_constant_network(tmp_path / "whole.onnx", maps, BODY_HANDS, SIZE)
    estimator = PoseEstimator.load(str(model), "onnxruntime")
    assert estimator.skeleton is COCO18 and estimator.network_skeleton == BODY_HANDS
    (pose,) = estimator(np.zeros((*SIZE, 3), np.uint8))
    expected = convert_pose(person, BODY_HANDS, COCO18)
    np.testing.assert_allclose(pose.keypoints[:, :2], expected.keypoints[:, :2], atol=1.5)
    for side in ("left_hand", "right_hand"):
        found, hand = getattr(pose, side), getattr(expected, side)
        assert found.shape == (21, 3) and (found[:, 2] > 0).sum() > 15
        seen = found[:, 2] > 0
        np.testing.assert_allclose(found[seen, :2], hand[seen, :2], atol=1.5)

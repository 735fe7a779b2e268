"""Crops of hands where OpenPose cuts them, and the joints in them back in pixels of the image."""
from pathlib import Path

import cv2
import numpy as np
import pytest

from lightweight_openpose.backends import opening
from lightweight_openpose.backends.layout import HEATMAPS
from lightweight_openpose.estimation.hands import (
    HandCrop,
    HandEstimator,
    Hands,
    decode_hand,
    hand_crops,
    in_batches,
)
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.poses.skeleton_map import convert_keypoints
from lightweight_openpose.zoo import catalogue
from lightweight_openpose.zoo.model_info import InputSpec, ModelInfo
from people import maps_of, standing

HAND = find_skeleton("hand_21")
# Of a right hand that points up, in a square of side 1: wrist, then five fingers of four joints.
SHAPE = np.array([(0.5, 0.8)] + [
    (0.25 + 0.12 * finger, 0.62 - 0.12 * joint) for finger in range(5) for joint in range(4)
])


def pose_of(**places):
    """A person of whom only these joints were found."""
    return Pose(standing(**{**dict.fromkeys(COCO18.keypoints), **places}), 0.9)


def seen_by(joints, crop, size):
    """Where joints [px of the image] lie in the network's input, by the definition of the crop."""
    x = (joints[:, 0] + 0.5 - crop.x - 0.5) / crop.size * size - 0.5
    y = (joints[:, 1] - crop.y) / crop.size * size - 0.5
    return np.stack([size - 1 - x if crop.side == "left" else x, y], 1)


def test_a_crop_lies_a_third_of_the_forearm_beyond_the_wrist():
    arm = dict(right_shoulder=(100, 100), right_elbow=(100, 200), right_wrist=(160, 280))
    crop, = hand_crops([pose_of(**arm)])
    assert (crop.person, crop.side) == (0, "right")
    assert crop.size == pytest.approx(150)  # 1.5 times a forearm of 100
    assert crop.x + crop.size / 2 == pytest.approx(160 + 0.33 * 60)
    assert crop.y + crop.size / 2 == pytest.approx(280 + 0.33 * 80)


def test_a_foreshortened_forearm_does_not_shrink_the_crop():
    arm = dict(left_shoulder=(100, 100), left_elbow=(100, 200), left_wrist=(100, 210))
    crop, = hand_crops([pose_of(**arm)])
    assert crop.side == "left" and crop.size == pytest.approx(1.5 * 0.9 * 100)


def test_no_crop_without_an_arm_or_of_a_far_person():
    assert hand_crops([pose_of(right_elbow=(100, 200), right_wrist=(160, 280))]) == []
    arm = np.array([(100.0, 100), (100, 112), (100, 124)])
    for scale, count in ((1.0, 0), (1.2, 1)):  # sides of 18 and 21.6 px
        places = dict(zip(("right_shoulder", "right_elbow", "right_wrist"), scale * arm))
        assert len(hand_crops([pose_of(**places)])) == count


def test_crops_of_another_skeleton_are_the_same():
    body_25 = find_skeleton("body_25")
    pose = Pose(standing(50, 50), 0.9)
    converted = Pose(convert_keypoints(pose.keypoints, COCO18, body_25), 0.9)
    assert hand_crops([converted], body_25) == hand_crops([pose])


def test_joints_come_back_where_they_were():
    """Through ideal maps, over crops of several sizes, both sides and two people."""
    errors = []
    poses = [Pose(standing(x, 60, size=size), 0.9) for x, size in ((40, 1.0), (200, 2.3))]
    crops = hand_crops(poses)
    joints = [(crop.x, crop.y) + SHAPE * crop.size for crop in crops]
    assert len(crops) == 4

    def backend(batch):
        assert batch.shape == (4, 3, 368, 368)
        maps = [maps_of([seen_by(j, c, 368)], HAND, (46, 46))[0] for j, c in zip(joints, crops)]
        return (np.stack(maps),)

    hands = HandEstimator(backend, HAND)(np.zeros((600, 800, 3), np.uint8), poses)
    for crop, expected in zip(crops, joints):
        found = getattr(hands[crop.person], crop.side)
        assert found.shape == (21, 3) and (found[:, 2] > 0.8).all()
        errors.append(np.linalg.norm(found[:, :2] - expected, axis=1) * 368 / crop.size)
    assert np.max(errors) < 0.8  # px of the network's input, of which a cell has 8


@pytest.mark.parametrize("side", ["left", "right"])
def test_pixels_of_the_image_are_where_the_joints_are_said_to_be(side):
    """A bright spot in the image, seen through the crop and found again."""
    spot = np.array([331.0, 247.0])
    ys, xs = np.mgrid[:480, :640]
    bright = 255 * np.exp(-((xs - spot[0]) ** 2 + (ys - spot[1]) ** 2) / (2 * 5**2))
    image = np.repeat(bright[..., None], 3, 2).astype(np.uint8)
    shoulder, elbow = spot + (60, -160), spot + (40, -60)
    arm = {f"{side}_shoulder": shoulder, f"{side}_elbow": elbow, f"{side}_wrist": spot + (5, -20)}

    def backend(batch):
        cells = cv2.resize(batch[0, 1] + 0.5, (46, 46), interpolation=cv2.INTER_AREA)
        maps = np.zeros((1, 22, *cells.shape), np.float32)
        maps[0, 8] = cells
        return (maps,)

    hands, = HandEstimator(backend, HAND)(image, [pose_of(**arm)])
    found = getattr(hands, side)
    assert getattr(hands, "left" if side == "right" else "right") is None
    np.testing.assert_allclose(found[8, :2], spot, atol=0.25)
    assert np.isnan(np.delete(found, 8, 0)[:, :2]).all()


def test_a_left_hand_is_shown_as_its_mirror_image():
    image = np.zeros((100, 100, 3), np.uint8)
    image[:, :50] = 200
    for side, bright in (("right", slice(0, 16)), ("left", slice(16, 32))):
        matrix = HandCrop(0, side, -0.5, -0.5, 100.0).matrix(32)
        seen = cv2.warpAffine(image, matrix, (32, 32))
        assert seen[:, bright].mean() > 190
        np.testing.assert_allclose(matrix @ (49.5, 49.5, 1), (15.5, 15.5))


def test_one_peak_of_each_joint_is_taken():
    maps = np.zeros((22, 20, 20), np.float32)
    for x, height in ((4, 0.5), (15, 0.9)):
        maps[3, 10, x] = height
    maps[21, 5, 5] = 1.0  # background
    keypoints = decode_hand(maps, 0.1, HAND)
    assert keypoints[3, 0] == pytest.approx(15.5 * 8 - 0.5, abs=0.5)
    assert (keypoints[:, 2] > 0).sum() == 1
    assert decode_hand(maps * 0.1, 0.1, HAND) is None


def test_nobody_with_arms_costs_no_run_of_the_network():
    def backend(batch):
        raise AssertionError("the network was run")
    image = np.zeros((100, 100, 3), np.uint8)
    hands, = HandEstimator(backend, HAND)(image, [pose_of(nose=(50, 50))])
    assert hands.left is None and hands.right is None
    assert HandEstimator(backend, HAND)(image, []) == []


@pytest.mark.parametrize("suffix, backend", [
    (".pth", "torch"), (".pth", "onnxruntime"), (".caffemodel", "auto")
])
def test_a_file_of_openposes_hand_network_is_enough(suffix, backend, tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    from openpose_networks import narrow
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    network, _ = narrow("openpose-hand")
    path = tmp_path / f"hand{suffix}"
    if suffix == ".pth":
        torch.save(network.state_dict(), str(path))
    else:
        from foreign_files import write_caffe
        write_caffe(network, path.with_suffix(".prototxt"), path)
    estimator = HandEstimator.load(path, backend, "cpu", input_size=64)
    assert estimator.skeleton == HAND
    image = np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8)
    assert len(estimator(image, [Pose(standing(20, 20), 0.9)])) == 1
    other = HandEstimator.load(path, backend, "cpu", input_size=64)
    other.threshold = -1e9
    hands, = other(image, [Pose(standing(20, 20), 0.9)])
    assert hands.left.shape == (21, 3) or hands.right.shape == (21, 3)


def test_a_network_of_bodies_is_refused(tmp_path):
    torch = pytest.importorskip("torch")
    from openpose_networks import narrow
    path = tmp_path / "body.pth"
    torch.save(narrow("openpose-vgg", stages=1)[0].state_dict(), str(path))
    with pytest.raises(ValueError, match="body.pth is no network of hands"):
        HandEstimator.load(path, "torch", "cpu")
    with pytest.raises(ValueError, match="no multiple of 8"):
        HandEstimator.load(path, input_size=100)


def test_crops_go_in_few_batches_of_few_sizes():
    crops = [HandCrop(n, "right", 0.0, 0.0, 100.0) for n in range(11)]
    groups = list(in_batches(crops))
    assert [len(group) for group in groups] == [4, 4, 2, 1]
    assert [crop for group in groups for crop in group] == crops
    assert list(in_batches([])) == []


def fixed(size, monkeypatch):
    """What HandEstimator.load makes of a network that takes one image of this size [px]."""

    class Engine:
        skeleton, layout = HAND, HEATMAPS
        info = ModelInfo(HAND, InputSpec(fixed_size=size))

        def __call__(self, batch):
            assert batch.shape == (1, 3, *size)
            return (np.zeros((1, 22, size[0] // 8, size[1] // 8), np.float32),)

    monkeypatch.setattr(opening, "create_backend", lambda *_: Engine())
    monkeypatch.setattr(catalogue, "resolve", lambda model: (None, Path(model)))
    return HandEstimator.load("hand.engine")


def test_an_engine_of_one_size_gets_its_size_one_by_one(monkeypatch):
    estimator = fixed((256, 256), monkeypatch)
    estimator.warm_up()
    image = np.zeros((300, 300, 3), np.uint8)
    assert estimator(image, [Pose(standing(20, 20), 0.9)]) == [Hands(None, None)]
    with pytest.raises(ValueError, match="takes 256x448 px, and hands are squares: export it anew"):
        fixed((256, 448), monkeypatch)

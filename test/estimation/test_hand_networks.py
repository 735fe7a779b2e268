"""Crops of hands as each network wants them, and its joints back in pixels of the image."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from lightweight_openpose import backends
from lightweight_openpose.backends.layout import CLOSEUP, HEATMAPS, Layout
from lightweight_openpose.estimation.arms import SIDES, Arm, arms_of
from lightweight_openpose.estimation.closeup import CloseupEstimator, Crop
from lightweight_openpose.estimation.hand_crops import FROM_ARM
from lightweight_openpose.estimation.hand_networks import (
    HeatmapHands,
    JointHands,
    SideCrop,
    decode_hand,
    load_hand_network,
)
from lightweight_openpose.estimation.hands import HandEstimator
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.poses.skeleton_map import convert_keypoints
from lightweight_openpose.zoo import catalogue
from lightweight_openpose.zoo.model_info import InputSpec, ModelInfo
from lightweight_openpose.zoo.models_file import ModelEntry
from people import maps_of, standing

HAND = find_skeleton("hand_21")
# Of a right hand that points up, in a square of side 1: wrist, then five fingers of four joints.
SHAPE = np.array(
    [(0.5, 0.8)]
    + [(0.25 + 0.12 * finger, 0.62 - 0.12 * joint) for finger in range(5) for joint in range(4)]
)


def pose_of(**places):
    """A person of whom only these joints were found."""
    return Pose(standing(**{**dict.fromkeys(COCO18.keypoints), **places}), 0.9)


def crops_of(network, poses, skeleton=COCO18):
    """(person, SideCrop) of each arm that has one."""
    crops = [
        (i, SideCrop(side, network.from_arm(side, arm)))
        for i, pose in enumerate(poses)
        for side, arm in arms_of(pose, skeleton).items()
    ]
    return [(i, crop) for i, crop in crops if crop.crop is not None]


def heatmap_hands(backend=None):
    return HeatmapHands(backend, HAND)


def seen_by(joints, side, crop, size):
    """Where joints [px of the image] lie in the network's input, by the definition of the crop."""
    x, y = ((joints - (crop.x, crop.y) + crop.side / 2) / crop.side * size - 0.5).T
    return np.stack([size - 1 - x if side == "left" else x, y], 1)


def test_openposes_crop_lies_a_third_of_the_forearm_beyond_the_wrist():
    arm = dict(right_shoulder=(100, 100), right_elbow=(100, 200), right_wrist=(160, 280))
    ((_, (side, crop)),) = crops_of(heatmap_hands(), [pose_of(**arm)])
    assert (side, crop.angle, crop.mirrored) == ("right", 0, False)
    assert crop.side == pytest.approx(150)  # 1.5 times a forearm of 100
    assert crop.x == pytest.approx(160 + 0.33 * 60)
    assert crop.y == pytest.approx(280 + 0.33 * 80)


def test_a_foreshortened_forearm_does_not_shrink_the_crop():
    arm = dict(left_shoulder=(100, 100), left_elbow=(100, 200), left_wrist=(100, 210))
    ((_, (side, crop)),) = crops_of(heatmap_hands(), [pose_of(**arm)])
    assert side == "left" and crop.mirrored and crop.side == pytest.approx(1.5 * 0.9 * 100)


def test_elbow_and_wrist_are_enough_for_a_crop():
    ((_, (_, crop)),) = crops_of(
        heatmap_hands(), [pose_of(right_elbow=(100, 200), right_wrist=(160, 280))]
    )
    assert crop.side == pytest.approx(150)
    assert arms_of(pose_of(right_shoulder=(1, 2), right_wrist=(3, 4)), COCO18) == {}


@pytest.mark.parametrize(
    "network, share, most",
    [(heatmap_hands(), HeatmapHands.FROM_ARM, 20), (JointHands(None), FROM_ARM, 24)],
)
def test_no_crop_of_a_far_person(network, share, most):
    for side, there in ((most - 1, False), (most + 1, True)):
        forearm = side / share
        arm = Arm(np.array([50.0, 50 + forearm]), np.array([50.0, 50]))
        assert (network.from_arm("right", arm) is not None) == there
    assert JointHands(None).around("right", np.zeros((21, 3))) is None


def test_crops_of_another_skeleton_are_the_same():
    body_25 = find_skeleton("body_25")
    pose = Pose(standing(50, 50), 0.9)
    converted = Pose(convert_keypoints(pose.keypoints, COCO18, body_25), 0.9)
    hands = heatmap_hands()
    assert crops_of(hands, [converted], body_25) == crops_of(hands, [pose])


@pytest.mark.parametrize("turn", [0, 50, 130, -100, 180])
@pytest.mark.parametrize("side", SIDES)
def test_a_network_of_joints_sees_the_forearm_point_upwards(side, turn):
    """Its crop is centred 0.35 forearms beyond the wrist and 1.3 forearms wide."""
    along = np.array([np.sin(np.radians(turn)), -np.cos(np.radians(turn))])
    wrist = np.array([300.0, 200])
    crop = joint_hands(tells_sides=False).from_arm(side, Arm(wrist, wrist - 80 * along))
    np.testing.assert_allclose(crop[:3], (*(wrist + 0.35 * 80 * along), 104))
    matrix = crop.matrix(224)
    elbow, beyond = ((wrist + t * along) @ matrix[:, :2].T + matrix[:, 2] for t in (-80, 28))
    np.testing.assert_allclose(beyond, (111.5, 111.5), atol=1e-9)
    np.testing.assert_allclose(elbow - beyond, (0, 108 * 224 / 104), atol=1e-9)
    assert (np.linalg.det(matrix[:, :2]) < 0) == (side == "left")


@pytest.mark.parametrize("turn", [0, 35, 90, -140])
def test_a_known_hand_is_seen_with_its_palm_upwards_at_half_the_crop(turn):
    """A hand of 80 x 20 px, whose wrist and middle finger lie at its left edge, turned."""
    hand = np.c_[np.zeros((21, 2)), np.ones(21)]
    hand[[9, 12, 20], :2] = (0, -40), (0, -80), (20, -30)
    cosine, sine = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    back = np.array([[cosine, sine], [-sine, cosine]])  # of rows
    hand[:, :2] = hand[:, :2] @ back + (200, 100)
    crop = joint_hands().around("left", hand)
    assert crop.side == pytest.approx(160) and not crop.mirrored
    assert np.degrees(crop.angle) == pytest.approx(turn)
    np.testing.assert_allclose((crop.x, crop.y), (10, -40) @ back + (200, 100))


def joint_hands(joints=None, presence=0.9, right=None, tells_sides=True):
    """A network that finds joints (21, 2) [px of its input of 224 px] in every crop."""

    def backend(tensor):
        points = np.c_[joints, np.full(21, np.nan)]
        outputs = [np.tile(points, (len(tensor), 1, 1)), np.full((len(tensor), 1), presence)]
        return outputs if right is None else [*outputs, np.full((len(tensor), 1), right)]

    backend.layout = Layout("mediapipe-hand", (0, 1, 2)) if tells_sides else CLOSEUP
    return JointHands(CloseupEstimator(backend, HAND, InputSpec(fixed_size=(224, 224))))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("tells_sides", [True, False])
def test_joints_of_a_turned_crop_come_back_where_they_were(side, tells_sides):
    arm = Arm(np.array([120.0, 100]), np.array([60.0, 40]))
    crop = joint_hands(tells_sides=tells_sides).from_arm(side, arm)
    there = np.random.default_rng(0).uniform(90, 160, (21, 2))
    matrix = crop.matrix(224)
    network = joint_hands(
        there @ matrix[:, :2].T + matrix[:, 2],
        0.9,
        float(side == "right") if tells_sides else None,
        tells_sides,
    )
    (found,) = network(np.zeros((200, 200, 3), np.uint8), [SideCrop(side, crop)])
    np.testing.assert_allclose(found.keypoints[:, :2], there, atol=1e-3)
    np.testing.assert_allclose(found.keypoints[:, 2], 0.9, atol=1e-6)
    assert found.presence == pytest.approx(0.9)


@pytest.mark.parametrize(
    "side, right, left_over",
    [
        ("right", 1.0, 1.0),
        ("right", 0.5, 1.0),
        ("right", 0.0, 0.6),
        ("left", 0.0, 1.0),
        ("left", 1.0, 0.6),
        ("left", 0.75, 0.8),
    ],
)
def test_a_hand_that_looks_like_the_other_one_has_a_lower_score(side, right, left_over):
    network = joint_hands(np.full((21, 2), 50.0), 0.9, right)
    (found,) = network(np.zeros((99, 99, 3), np.uint8), [SideCrop(side, Crop(50, 50, 40))])
    assert found.presence == pytest.approx(0.9 * left_over)
    np.testing.assert_allclose(found.keypoints[:, 2], 0.9 * left_over, atol=1e-6)


def test_joints_come_back_where_they_were():
    """Through ideal maps, over crops of several sizes, both sides and two people."""
    errors = []
    poses = [Pose(standing(x, 60, size=size), 0.9) for x, size in ((40, 1.0), (200, 2.3))]
    crops = crops_of(heatmap_hands(), poses)
    joints = [(c.x, c.y) + (SHAPE - 0.5) * c.side for _, (_, c) in crops]
    assert len(crops) == 4

    def backend(batch):
        assert batch.shape == (4, 3, 368, 368)
        maps = [
            maps_of([seen_by(j, side, c, 368)], HAND, (46, 46))[0]
            for j, (_, (side, c)) in zip(joints, crops)
        ]
        return (np.stack(maps),)

    estimator = HandEstimator(heatmap_hands(backend))
    done = estimator.complete(np.zeros((600, 800, 3), np.uint8), poses)
    for (person, (side, crop)), expected in zip(crops, joints):
        found = getattr(done[person], f"{side}_hand")
        assert found.shape == (21, 3) and (found[:, 2] > 0.8).all()
        errors.append(np.linalg.norm(found[:, :2] - expected, axis=1) * 368 / crop.side)
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

    (done,) = HandEstimator(heatmap_hands(backend)).complete(image, [pose_of(**arm)])
    found = getattr(done, f"{side}_hand")
    assert getattr(done, "left_hand" if side == "right" else "right_hand") is None
    np.testing.assert_allclose(found[8, :2], spot, atol=0.25)
    assert np.isnan(np.delete(found, 8, 0)[:, :2]).all()


def test_a_left_hand_is_shown_as_its_mirror_image():
    image = np.zeros((100, 100, 3), np.uint8)
    image[:, :50] = 200
    for side, bright in (("right", slice(0, 16)), ("left", slice(16, 32))):
        arm = Arm(np.array([49.5, 49.5 - 22]), np.array([49.5, 49.5 - 22 - 200 / 3]))
        matrix = heatmap_hands().from_arm(side, arm).matrix(32)
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
    estimator = HandEstimator(heatmap_hands(backend))
    pose = pose_of(nose=(50, 50))
    assert estimator.complete(image, [pose]) == [pose]
    assert estimator.complete(image, []) == []


@pytest.mark.parametrize(
    "suffix, backend", [(".pth", "torch"), (".pth", "onnxruntime"), (".caffemodel", "auto")]
)
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
    assert estimator.network.skeleton == HAND
    image = np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8)
    assert len(estimator.complete(image, [Pose(standing(20, 20), 0.9)])) == 1
    other = HandEstimator.load(path, backend, "cpu", input_size=64)
    other.network.threshold = -1e9
    crop = SideCrop("right", Crop(150, 150, 100))
    assert other.network(image, [crop])[0].keypoints.shape == (21, 3)


def test_a_network_of_bodies_is_refused(tmp_path):
    torch = pytest.importorskip("torch")
    from openpose_networks import narrow

    path = tmp_path / "body.pth"
    torch.save(narrow("openpose-vgg", stages=1)[0].state_dict(), str(path))
    with pytest.raises(ValueError, match="body.pth is no network of hands"):
        HandEstimator.load(path, "torch", "cpu")
    with pytest.raises(ValueError, match="no multiple of 8"):
        load_hand_network(path, input_size=100)


def fixed(size, monkeypatch):
    """What HandEstimator.load makes of a network that takes one image of this size [px]."""

    class Engine:
        skeleton, layout = HAND, HEATMAPS
        info = ModelInfo(HAND, InputSpec(fixed_size=size))

        def __call__(self, batch):
            assert batch.shape == (1, 3, *size)
            return (np.zeros((1, 22, size[0] // 8, size[1] // 8), np.float32),)

    monkeypatch.setattr(backends, "create_backend", lambda *_: Engine())
    entry = ModelEntry("hand", "hand.engine")
    monkeypatch.setattr(catalogue, "resolve", lambda model: (entry, Path(model)))
    return HandEstimator.load("hand.engine")


def test_an_engine_of_one_size_gets_its_size_one_by_one(monkeypatch):
    estimator = fixed((256, 256), monkeypatch)
    estimator.warm_up()
    image = np.zeros((300, 300, 3), np.uint8)
    pose = Pose(standing(20, 20), 0.9)
    assert estimator.complete(image, [pose]) == [pose]
    with pytest.raises(
        ValueError, match="takes 256x448 px, and hands are squares: export it again"
    ):
        fixed((256, 448), monkeypatch)

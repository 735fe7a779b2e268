"""Crops of faces where the joints say, and the points in them back in pixels of the image."""

import cv2
import numpy as np
import pytest

from lightweight_openpose.backends.contract import BadModel
from lightweight_openpose.backends.layout import layout_of
from lightweight_openpose.estimation.closeup import CloseupEstimator, Crop, in_batches
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.faces import (
    LEFT_EYE,
    RIGHT_EYE,
    SIDE,
    FaceEstimator,
    face_crop,
    sharpness,
)
from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.poses.pose import Pose, missing_keypoints
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.zoo.model_info import InputSpec
from people import face, placed, seen

FACE = find_skeleton("face_32")
RIGID = [i for i, point in enumerate(FACE.points) if point is not None]
SPEC = InputSpec(multiple=96, fixed_size=(96, 96))
CAMERA = Camera.assumed_for(640, 480, np.radians(60))


# Landmarks in the middle of a crop, [px of the input] and their deviation.
IN_CROP = np.c_[np.random.default_rng(0).uniform(16, 80, (32, 2)), np.full(32, 2.0)]
IN_CROP[:2, :2] = (15, 15), (80, 80)


class Network:
    """Backend that finds given points of the image, as far as it is shown the crops."""

    def __init__(self, points, deviation=2.0, presence=1.0):
        self.points, self.deviation, self.presence = points, deviation, presence
        self.crops, self.sizes = [], []

    def __call__(self, tensor):
        self.sizes.append(len(tensor))
        rows = []
        for _ in tensor:
            matrix = self.crops.pop(0).matrix(96)
            rows.append(
                np.c_[
                    self.points @ matrix[:, :2].T + matrix[:, 2],
                    np.full(len(self.points), self.deviation),
                ]
            )
        return np.array(rows), np.full((len(tensor), 1), self.presence)


def estimator(points, crops, **changes):
    network = Network(points, **changes)
    network.crops = list(crops)
    return CloseupEstimator(network, FACE, SPEC), network


def pose(angles=(0, 0, 0), position=(0, 0, 1), leave_out=()):
    return Pose(face(angles, position, CAMERA, leave_out), 0.9)


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_corners_of_a_crop_are_those_of_the_input(mirrored):
    crop = Crop(50, 30, 40, np.radians(90), mirrored)
    matrix = crop.matrix(20)
    to_input = matrix[:, :2] @ (50, 30) + matrix[:, 2]
    np.testing.assert_allclose(to_input, (9.5, 9.5))
    # Turned clockwise by a quarter, the crop's right is the image's lower side.
    right = matrix[:, :2] @ (50, 30 + 20) + matrix[:, 2]
    np.testing.assert_allclose(right, (-0.5 if mirrored else 19.5, 9.5), atol=1e-9)
    assert np.linalg.det(matrix[:, :2]) == pytest.approx(-0.25 if mirrored else 0.25)


def test_one_white_pixel_goes_where_the_matrix_says():
    image = np.zeros((80, 100, 3), np.uint8)
    image[33, 57] = 255
    crop = Crop(60, 30, 24, np.radians(20))
    shown = cv2.warpAffine(image, crop.matrix(96), (96, 96))[..., 0].astype(float)
    rows, columns = np.mgrid[:96, :96]
    found = np.array([(columns * shown).sum(), (rows * shown).sum()]) / shown.sum()
    matrix = crop.matrix(96)
    np.testing.assert_allclose(found, matrix[:, :2] @ (57, 33) + matrix[:, 2], atol=0.2)


@pytest.mark.parametrize(
    "angles, leave_out",
    [  # with two ears, and with the one that is seen
        ((0, 0, 0), ()),
        ((35, 10, 0), ()),
        ((35, 10, 0), ("left_ear",)),
        ((-50, -10, 20), ()),
        ((-50, -10, 20), ("right_ear",)),
        ((0, 25, -60), ()),
        ((60, 0, 0), ("left_ear", "left_eye")),
    ],
)
def test_the_crop_of_a_face_holds_its_landmarks_upright(angles, leave_out):
    crop = face_crop(pose(angles, leave_out=leave_out).keypoints, COCO18)
    points = np.array([FACE.points[i] for i in RIGID])
    landmarks = seen(placed(points, angles, (0, 0, 1)), CAMERA)[:, :2]
    matrix = crop.matrix(96)
    shown = landmarks @ matrix[:, :2].T + matrix[:, 2]
    assert shown.min() > 4 and shown.max() < 92
    assert 40 < np.ptp(shown, axis=0).max() < 80
    right, left = (shown[RIGID.index(eye)] for eye in (RIGHT_EYE, LEFT_EYE))
    if abs(angles[0]) < 40:
        assert abs(np.degrees(np.arctan2(*(left - right)[::-1]))) < 12


def test_a_crop_is_as_large_as_a_head_is_near():
    near, far = (face_crop(pose(position=(0, 0, z)).keypoints, COCO18) for z in (1, 2))
    assert near.side == pytest.approx(2 * far.side, rel=0.05)
    assert near.side == pytest.approx(SIDE * CAMERA.matrix[0, 0], rel=0.1)


@pytest.mark.parametrize(
    "leave_out",
    [
        ("nose",),
        ("left_eye", "right_eye"),
        ("left_ear", "right_ear"),
    ],
)
def test_there_is_no_crop_without_nose_eye_or_ear(leave_out):
    assert face_crop(pose(leave_out=leave_out).keypoints, COCO18) is None


def test_there_is_no_crop_of_a_face_of_few_pixels():
    assert face_crop(pose(position=(0, 0, 3)).keypoints, COCO18) is not None
    assert face_crop(pose(position=(0, 0, 6)).keypoints, COCO18) is None


@pytest.mark.parametrize("mirrored", [False, True])
def test_points_come_back_where_they_were(mirrored):
    rng = np.random.default_rng(0)
    points = rng.uniform(80, 120, (32, 2))
    crop = Crop(100, 105, 64, 0.3, mirrored)
    there = points[list(FACE.flip_permutation)] if mirrored else points
    network, _ = estimator(there, [crop])
    (found,) = network(np.zeros((200, 200, 3), np.uint8), [crop])
    np.testing.assert_allclose(found.points, points, atol=1e-6)
    np.testing.assert_allclose(found.deviations, 2 * 64 / 96)
    assert found.presence == 1


def test_many_crops_go_in_batches_of_known_sizes():
    assert [len(b) for b in in_batches(range(7))] == [4, 2, 1]
    crops = [Crop(50 + i, 50, 40) for i in range(7)]
    network, backend = estimator(np.full((32, 2), 50.0), crops)
    assert len(network(np.zeros((99, 99, 3), np.uint8), crops)) == 7
    assert backend.sizes == [4, 2, 1]


def faces_of(poses, presence=1.0, **settings):
    crops = [face_crop(p.keypoints, COCO18) for p in poses]
    network, backend = estimator(np.zeros((32, 2)), crops, presence=presence)
    network.backend = lambda tensor: (
        np.tile(IN_CROP, (len(tensor), 1, 1)),
        np.full((len(tensor), 1), presence),
    )
    return FaceEstimator(network, **settings), backend


def test_a_face_is_added_where_one_is_seen_and_the_rest_stays():
    poses = [pose(), Pose(missing_keypoints(18), 0.4)]
    faces, _ = faces_of(poses)
    with_face, without = faces.complete(np.zeros((480, 640, 3), np.uint8), poses)
    assert with_face.face.shape == (32, 3) and with_face.face.dtype == np.float32
    assert with_face.keypoints is poses[0].keypoints and without is poses[1]
    unsure, _ = faces_of(poses, presence=0.4)
    assert unsure.complete(np.zeros((480, 640, 3), np.uint8), poses)[0].face is None


def test_the_eyes_that_turn_a_second_look_are_eyes():
    assert (RIGHT_EYE, LEFT_EYE) == (FACE.index("right_eye_outer"), FACE.index("left_eye_outer"))


def test_a_face_far_off_its_crop_is_looked_at_again():
    """A frontal face with one ear under hair: the crop lies aside, the second one does not."""
    angles = (0, 0, 10)
    points = np.zeros((32, 3))
    points[RIGID] = [FACE.points[i] for i in RIGID]
    landmarks = seen(placed(points, angles, (0, 0, 1)), CAMERA)[:, :2]
    there = pose(angles, leave_out=("left_ear",))
    first = face_crop(there.keypoints, COCO18)
    network, backend = estimator(landmarks, [first])
    looked = []
    faces = FaceEstimator(network)
    cut = network._cut

    def remember(image, crop):
        looked.append(crop)
        if crop is not first and crop != first:
            backend.crops = [crop]
        return cut(image, crop)

    network._cut = remember
    (found,) = faces.complete(np.zeros((480, 640, 3), np.uint8), [there])
    assert len(looked) == 2
    middle = (landmarks.max(0) + landmarks.min(0)) / 2
    np.testing.assert_allclose(looked[1][:2], middle, atol=0.5)
    assert np.degrees(looked[1].angle) == pytest.approx(-10, abs=1)
    np.testing.assert_allclose(found.face[:, :2], landmarks, atol=0.01)


def test_people_take_turns_where_there_are_more_than_max_faces():
    poses = [pose(position=(x, 0, 1.5)) for x in (-0.6, -0.2, 0.2, 0.6, 0.8)]
    faces, _ = faces_of(poses, max_faces=2)
    image = np.zeros((480, 640, 3), np.uint8)
    turns = [[p.face is not None for p in faces.complete(image, poses)] for _ in range(5)]
    assert [sum(turn) for turn in turns] == [2] * 5
    assert np.sum(turns, axis=0).tolist() == [2] * 5


def test_faces_keep_to_their_budget_but_for_one():
    poses = [pose(position=(x, 0, 1.5)) for x in (-0.6, -0.2, 0.2)]
    faces, _ = faces_of(poses)
    image = np.zeros((480, 640, 3), np.uint8)
    assert sum(p.face is not None for p in faces.complete(image, poses)) == 3
    faces._cost = 2.0  # ms per face
    for budget, count in ((100, 3), (4.5, 2), (0.1, 1)):
        faces._cost = 2.0
        done = faces.complete(image, poses, COCO18, budget)
        assert sum(p.face is not None for p in done) == count


def test_a_score_says_how_sharp_a_landmark_is():
    np.testing.assert_allclose(sharpness(np.array([0, 1.0, 10]), 100), np.exp([0, -0.1, -1]))


def test_a_layout_of_points_and_presence_is_a_closeup():
    shapes = [("batch", 1), ("batch", 32, 3)]
    layout = layout_of(shapes, FACE, "file")
    assert (layout.kind, layout.outputs) == ("closeup", (1, 0))


def test_a_network_of_faces_does_not_find_people_nor_one_of_people_faces(tmp_path):
    torch = pytest.importorskip("torch")
    from lightweight_openpose.networks import build_network
    from lightweight_openpose.networks.checkpoint import write_checkpoint
    from lightweight_openpose.poses.skeleton_file import skeleton_to_dict

    torch.manual_seed(0)
    network = build_network("closeup", FACE)
    path = write_checkpoint(
        tmp_path / "face.pth",
        {"state_dict": network.state_dict(), "skeleton": skeleton_to_dict(FACE)},
    )
    with pytest.raises(BadModel, match="give it together with a network that finds people"):
        PoseEstimator.load(str(path), backend="torch")
    with pytest.raises(ValueError, match="does not fit LightweightOpenPose with skeleton face_32"):
        CloseupEstimator.load("own", "face_32", backend="torch")
    loaded = PoseEstimator.load("own", backend="torch", face=str(path))
    assert loaded.faces.network.side == 96
    assert PoseEstimator.load("own", backend="torch", face="off").faces is None

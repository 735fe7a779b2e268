"""Faces with known angles, seen by a camera."""

import re

import numpy as np
import pytest

from lightweight_openpose.estimation.faces import sharpness
from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.face import solve_face
from lightweight_openpose.geometry.head import solve_head
from lightweight_openpose.geometry.head_solver import HeadSolver, solver_for
from lightweight_openpose.poses.pose import Pose, missing_keypoints
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton
from people import face, placed, seen

CAMERA = Camera.assumed_for(640, 480, np.radians(60))
FACE = find_skeleton("face_32")
RIGID = [i for i, point in enumerate(FACE.points) if point is not None]
POINTS = np.array([FACE.points[i] for i in RIGID])


def landmarks(angles, position, noise=0.0, rng=None, camera=CAMERA):
    """(32, 3) landmarks of a face; those that move with the mouth are somewhere else."""
    result = missing_keypoints(32).astype(float)
    rows = seen(placed(POINTS, angles, position), camera)
    side = np.ptp(rows[:, :2], axis=0).max()
    if noise:
        rows[:, :2] += rng.normal(0, noise, (len(rows), 2))
    rows[:, 2] = sharpness(np.full(len(rows), max(noise, 0.1)), side)
    result[RIGID] = rows
    others = [i for i in range(32) if i not in RIGID]
    result[others] = (*rows[0, :2], 0.9)
    return result


def degrees(head):
    return np.degrees([head.yaw, head.pitch, head.roll])


@pytest.mark.parametrize("position", [(0, 0, 0.5), (0.5, -0.3, 2.0), (-1.0, 0.5, 3.0)])
@pytest.mark.parametrize(
    "angles",
    [
        (0, 0, 0),
        (60, 10, -10),
        (-45, -25, 30),
        (20, 35, 0),
        (10, 0, 100),
        (0, 10, 175),
    ],
)
def test_angles_and_place_without_noise(angles, position):
    head, reason = solve_face(landmarks(angles, position), CAMERA)
    assert head is not None, reason
    np.testing.assert_allclose(degrees(head), angles, atol=0.2)
    np.testing.assert_allclose(head.translation, position, atol=0.01 * position[2])
    assert head.num_keypoints == len(RIGID)


def test_a_lens_that_distorts_is_used():
    camera = Camera(CAMERA.matrix, np.array([-0.3, 0.1, 0.001, -0.002, 0]))
    head, _ = solve_face(landmarks((20, -10, 5), (0.5, 0.3, 1.2), camera=camera), camera)
    np.testing.assert_allclose(degrees(head), (20, -10, 5), atol=0.3)


def test_angles_are_as_far_off_as_their_deviations_say_or_less():
    """Noise of each landmark for itself, which is less than what one face has in common."""
    rng = np.random.default_rng(0)
    errors, stated = [], []
    for _ in range(200):
        angles = rng.uniform((-40, -20, -20), (40, 20, 20))
        head, reason = solve_face(landmarks(angles, (0, 0, 1.5), 1.0, rng), CAMERA)
        assert head is not None, reason
        errors.append(degrees(head) - angles)
        stated.append(np.degrees(head.angle_stddev))
    spread = np.sqrt(np.mean(np.square(errors), axis=0))
    ratio = spread / np.mean(stated, axis=0)
    assert (ratio > 0.25).all() and (ratio < 0.6).all(), ratio  # they are 2.5 times as large
    assert spread.max() < 1.5


def test_a_landmark_that_is_elsewhere_moves_little():
    wrong = landmarks((10, 5, 0), (0, 0, 1))
    wrong[RIGID[3], :2] += 12  # px
    head, _ = solve_face(wrong, CAMERA)
    assert np.abs(degrees(head) - (10, 5, 0)).max() < 2


def few(rows):
    rows[RIGID[7:]] = missing_keypoints(len(RIGID) - 7)


def scattered(rows):
    rows[RIGID, :2] = np.random.default_rng(0).uniform(100, 300, (len(RIGID), 2))


def unsure(rows):
    rows[:, 2] = 0.01


@pytest.mark.parametrize(
    "change, words",
    [
        (few, "7 landmarks of the face found, 8 needed"),
        (unsure, "0 landmarks"),
        (scattered, "do not fit a face|towards the camera"),
    ],
)
def test_no_answer_has_a_reason(change, words):
    rows = landmarks((0, 0, 0), (0, 0, 1))
    change(rows)
    head, reason = solve_face(rows, CAMERA)
    assert head is None
    assert re.search(words, reason), reason


def test_bad_intrinsics_have_a_reason():
    head, reason = solve_face(landmarks((0, 0, 0), (0, 0, 1)), Camera(np.zeros((3, 3))))
    assert head is None and "focal length" in reason


def test_the_face_counts_before_the_joints_and_they_without_it():
    solver = HeadSolver(COCO18)
    joints = face((0, 0, 0), (0, 0, 1), CAMERA)
    both = Pose(joints, 0.9, face=landmarks((20, 10, 5), (0, 0, 1)))
    head, _ = solver.solve(both, CAMERA)
    np.testing.assert_allclose(degrees(head), (20, 10, 5), atol=0.2)
    broken = Pose(joints, 0.9, face=missing_keypoints(32))
    head, _ = solver.solve(broken, CAMERA)
    np.testing.assert_allclose(degrees(head), degrees(solve_head(joints, CAMERA)[0]))


@pytest.mark.parametrize("sharpness, by_face", [(0.9, True), (0.2, False), (0.06, False)])
def test_a_blurred_face_counts_where_it_is_surer_than_the_joints(sharpness, by_face):
    blurred = landmarks((20, 10, 5), (0, 0, 1))
    blurred[:, 2] = sharpness
    pose = Pose(face((0, 0, 0), (0, 0, 1), CAMERA), 0.9, face=blurred)
    head, _ = HeadSolver(COCO18).solve(pose, CAMERA)
    assert (head.num_keypoints > 5) == by_face
    alone = Pose(missing_keypoints(18), 0.1, face=blurred)  # a face that says little is still one
    head, reason = HeadSolver(COCO18).solve(alone, CAMERA)
    assert (head is not None) == (sharpness > 0.1), reason


def test_both_ways_place_a_head_at_the_same_spot():
    """The joints' points and the canonical face lie on the same axes."""
    angles, position = (15, 10, 0), np.array([0.1, 0.0, 1.2])
    by_joints, _ = solve_head(face(angles, position, CAMERA), CAMERA)
    by_face, _ = solve_face(landmarks(angles, position), CAMERA)
    np.testing.assert_allclose(by_joints.translation, by_face.translation, atol=0.01)
    np.testing.assert_allclose(degrees(by_joints), degrees(by_face), atol=0.5)


def test_objects_of_a_skeleton_with_points_are_solved_as_before_and_others_refused():
    solver_for(find_skeleton("submarine"))
    with pytest.raises(ValueError, match="neither nose.*add points to its YAML"):
        solver_for(find_skeleton("hand_21"))

"""Synthetic heads with known angles."""

import itertools
import re

import numpy as np
import pytest

from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.head import (
    HEAD_INDICES,
    HEAD_KEYPOINTS,
    has_head,
    solve_head,
)
from lightweight_openpose.geometry.orientation import angles_of, rotation_from_angles
from lightweight_openpose.poses import COCO18, find_skeleton
from lightweight_openpose.poses.skeleton_map import convert_keypoints
from people import face

CAMERA = Camera.assumed_for(640, 480, np.radians(60))
GRID = list(itertools.product(range(-70, 71, 20), (-35, -15, 0, 15, 35), (-40, 0, 40)))


def degrees(head):
    return np.degrees([head.yaw, head.pitch, head.roll])


def extent_of(keypoints):
    """Between the joints of the head that are farthest apart [px]."""
    joints = keypoints[list(HEAD_INDICES)]
    joints = joints[joints[:, 2] > 0, :2]
    return np.linalg.norm(joints[:, None] - joints, axis=2).max()


@pytest.mark.parametrize("leave_out", [(), *((name,) for name in HEAD_KEYPOINTS)])
@pytest.mark.parametrize("position", [(0, 0, 0.5), (0.2, -0.1, 1.0), (-1.0, 0.5, 4.0)])
def test_angles_without_noise(leave_out, position):
    for angles in GRID:
        keypoints = face(angles, position, CAMERA, leave_out)
        head, reason = solve_head(keypoints, CAMERA)
        if extent_of(keypoints) < 8:  # px
            assert head is None and "smaller than 8 px" in reason
            continue
        assert head is not None, (angles, reason)
        assert np.abs(degrees(head) - angles).max() < 0.5, (angles, degrees(head))
        assert np.linalg.norm(head.translation - position) < 0.02 * position[2]


@pytest.mark.parametrize("limit, bound", [(30, 2.5), (70, 5.0)])
def test_one_pixel_of_noise_at_one_metre(limit, bound):
    rng = np.random.default_rng(0)
    errors = []
    for _ in range(400):
        angles = rng.uniform([-limit, -35, -40], [limit, 35, 40])
        keypoints = face(angles, (0, 0, 1), CAMERA, noise=rng.normal(0, 1, (5, 2)))
        head, reason = solve_head(keypoints, CAMERA)
        assert head is not None, reason
        errors.append(degrees(head) - angles)
    rms = np.sqrt(np.mean(np.square(errors), 0))
    assert rms[0] <= bound, rms


def test_signs():
    """Person's own left is image right; a head that turns left moves its nose to the right."""
    nose, right_eye, left_eye = HEAD_INDICES[:3]

    def middle(k):
        return (k[right_eye, :2] + k[left_eye, :2]) / 2

    frontal = face((0, 0, 0), (0, 0, 1), CAMERA)
    assert frontal[left_eye, 0] > frontal[right_eye, 0]
    assert abs(frontal[nose, 0] - middle(frontal)[0]) < 1e-3
    assert frontal[nose, 1] > frontal[left_eye, 1]
    left = face((30, 0, 0), (0, 0, 1), CAMERA)
    assert left[nose, 0] > middle(left)[0] + 5
    down = face((0, 20, 0), (0, 0, 1), CAMERA)
    up = face((0, -20, 0), (0, 0, 1), CAMERA)
    assert down[nose, 1] - middle(down)[1] > up[nose, 1] - middle(up)[1]
    tilted = face((0, 0, 20), (0, 0, 1), CAMERA)
    # The right eye sinks towards the right shoulder.
    assert tilted[right_eye, 1] > tilted[left_eye, 1]


def test_looking_into_the_lens_is_zero_at_the_edge_of_the_image():
    position = np.array([0.8, -0.4, 1.5])
    rotation = rotation_from_angles(0, 0, 0, position)
    assert np.allclose(rotation[:, 0], -position / np.linalg.norm(position))
    assert np.allclose(angles_of(rotation, position), 0, atol=1e-9)


def test_no_jump_when_the_visible_ear_changes():
    a, b = (
        solve_head(face((5, 5, 0), (0.3, 0, 2), CAMERA, leave_out=(ear,)), CAMERA)[0]
        for ear in ("right_ear", "left_ear")
    )
    assert np.abs(degrees(a) - degrees(b)).max() < 0.5


def test_three_joints_follow_the_pose_before():
    previous = solve_head(face((20, 5, 3), (0, 0, 1.5), CAMERA), CAMERA)[0]
    keypoints = face((24, 7, 2), (0.02, 0, 1.5), CAMERA, leave_out=("right_ear", "left_ear"))
    assert solve_head(keypoints, CAMERA)[0] is None
    head = solve_head(keypoints, CAMERA, previous=previous)[0]
    assert np.abs(degrees(head) - (24, 7, 2)).max() < 3


def test_distortion_is_used():
    camera = Camera(CAMERA.matrix, np.array([-0.3, 0.1, 0.001, -0.002, 0]))
    head, _ = solve_head(face((20, -10, 5), (0.5, 0.3, 1.2), camera), camera)
    assert np.abs(degrees(head) - (20, -10, 5)).max() < 0.5


def nothing(keypoints):
    keypoints[:, 2] = 0


def no_eyes(keypoints):
    keypoints[HEAD_INDICES[1]] = np.nan
    keypoints[HEAD_INDICES[2], 0] = np.inf


def one_point(keypoints):
    keypoints[list(HEAD_INDICES), :2] = 100


def nose_elsewhere(keypoints):
    keypoints[HEAD_INDICES[0], :2] = (600, 20)


@pytest.mark.parametrize(
    "change, words",
    [
        (nothing, "0 joints"),
        (no_eyes, "3 joints"),
        (one_point, "smaller"),
        (nose_elsewhere, "towards the camera|do not fit"),
    ],
)
def test_no_answer_has_a_reason(change, words):
    keypoints = face((0, 0, 0), (0, 0, 2), CAMERA)
    change(keypoints)
    head, reason = solve_head(keypoints, CAMERA)
    assert head is None and re.search(words, reason), reason


def test_bad_intrinsics_have_a_reason():
    keypoints = face((0, 0, 0), (0, 0, 2), CAMERA)
    for matrix in (np.zeros((3, 3)), np.full((3, 3), np.nan)):
        head, reason = solve_head(keypoints, Camera(matrix))
        assert head is None and "focal length" in reason


def test_a_head_of_few_pixels_gives_no_angles():
    head, reason = solve_head(face((10, 0, 0), (0, 0, 14), CAMERA), CAMERA)
    assert head is None and reason == "the head is smaller than 8 px"


@pytest.mark.parametrize("name", ["body_25", "coco17"])
def test_the_head_of_another_skeleton_is_told_by_its_names(name):
    other = find_skeleton(name)
    assert has_head(other) and not has_head(find_skeleton("hand_21"))
    keypoints = face((20, -10, 5), (0.1, 0, 1.2), CAMERA)
    head, _ = solve_head(keypoints, CAMERA)
    same, _ = solve_head(convert_keypoints(keypoints, COCO18, other), CAMERA, skeleton=other)
    assert (same.yaw, same.pitch, same.roll) == (head.yaw, head.pitch, head.roll)

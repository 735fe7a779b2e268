"""Synthetic heads with known angles."""
import itertools

import cv2
import numpy as np
import pytest

from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.head import HEAD_INDICES, HEAD_MODEL, solve_head
from lightweight_openpose.geometry.orientation import angles_of, rotation_from_angles
from lightweight_openpose.poses.pose import missing_keypoints

CAMERA = Camera.assumed_for(640, 480, np.radians(60))
GRID = list(itertools.product(range(-70, 71, 20), (-35, -15, 0, 15, 35), (-40, 0, 40)))


def render(yaw, pitch, roll, position, leave_out=(), noise=None, distortion=None):
    rotation = rotation_from_angles(*np.radians([yaw, pitch, roll]), position)
    points = cv2.projectPoints(HEAD_MODEL, cv2.Rodrigues(rotation)[0], np.array(position, float),
                               CAMERA.matrix, distortion)[0]
    points = points.reshape(-1, 2) + (0 if noise is None else noise.normal(0, 1, (5, 2)))
    keypoints = missing_keypoints(18)
    for i, (index, xy) in enumerate(zip(HEAD_INDICES, points)):
        if i not in leave_out:
            keypoints[index] = (*xy, 0.9)
    return keypoints


def degrees(head):
    return np.degrees([head.yaw, head.pitch, head.roll])


@pytest.mark.parametrize("leave_out", [(), (0,), (1,), (2,), (3,), (4,)])
@pytest.mark.parametrize("position", [(0, 0, 0.5), (0.2, -0.1, 1.0), (-1.0, 0.5, 4.0)])
def test_angles_without_noise(leave_out, position):
    for angles in GRID:
        head, reason = solve_head(render(*angles, position, leave_out), CAMERA)
        assert head is not None, (angles, reason)
        assert np.abs(degrees(head) - angles).max() < 0.5, (angles, degrees(head))
        assert np.linalg.norm(head.translation - position) < 0.02 * position[2]


@pytest.mark.parametrize("limit, bound", [(30, 2.5), (70, 5.0)])
def test_one_pixel_of_noise_at_one_metre(limit, bound):
    rng = np.random.default_rng(0)
    errors = []
    for _ in range(400):
        angles = rng.uniform([-limit, -35, -40], [limit, 35, 40])
        head, reason = solve_head(render(*angles, (0, 0, 1), noise=rng), CAMERA)
        assert head is not None, reason
        errors.append(degrees(head) - angles)
    rms = np.sqrt(np.mean(np.square(errors), 0))
    assert rms[0] <= bound, rms


def test_signs():
    """Person's own left is image right; a head that turns left moves its nose to the image's right."""
    nose, right_eye, left_eye = HEAD_INDICES[:3]

    def middle(k):
        return (k[right_eye, :2] + k[left_eye, :2]) / 2

    frontal = render(0, 0, 0, (0, 0, 1))
    assert frontal[left_eye, 0] > frontal[right_eye, 0]
    assert abs(frontal[nose, 0] - middle(frontal)[0]) < 1e-3 and frontal[nose, 1] > frontal[left_eye, 1]
    left = render(30, 0, 0, (0, 0, 1))
    assert left[nose, 0] > middle(left)[0] + 5
    down, up = render(0, 20, 0, (0, 0, 1)), render(0, -20, 0, (0, 0, 1))
    assert down[nose, 1] - middle(down)[1] > up[nose, 1] - middle(up)[1]
    tilted = render(0, 0, 20, (0, 0, 1))
    assert tilted[right_eye, 1] > tilted[left_eye, 1]  # the right eye sinks towards the right shoulder


def test_looking_into_the_lens_is_zero_at_the_edge_of_the_image():
    position = np.array([0.8, -0.4, 1.5])
    rotation = rotation_from_angles(0, 0, 0, position)
    assert np.allclose(rotation[:, 0], -position / np.linalg.norm(position))
    assert np.allclose(angles_of(rotation, position), 0, atol=1e-9)


def test_no_jump_when_the_visible_ear_changes():
    a = solve_head(render(5, 5, 0, (0.3, 0, 2), leave_out=(3,)), CAMERA)[0]
    b = solve_head(render(5, 5, 0, (0.3, 0, 2), leave_out=(4,)), CAMERA)[0]
    assert np.abs(degrees(a) - degrees(b)).max() < 0.5


def test_three_joints_follow_the_pose_before():
    previous = solve_head(render(20, 5, 3, (0, 0, 1.5)), CAMERA)[0]
    keypoints = render(24, 7, 2, (0.02, 0, 1.5), leave_out=(3, 4))
    assert solve_head(keypoints, CAMERA)[0] is None
    head = solve_head(keypoints, CAMERA, previous=previous)[0]
    assert np.abs(degrees(head) - (24, 7, 2)).max() < 3


def test_distortion_is_used():
    distortion = np.array([-0.3, 0.1, 0.001, -0.002, 0])
    keypoints = render(20, -10, 5, (0.5, 0.3, 1.2), distortion=distortion)
    head, _ = solve_head(keypoints, Camera(CAMERA.matrix, distortion))
    assert np.abs(degrees(head) - (20, -10, 5)).max() < 0.5


@pytest.mark.parametrize("change, words", [
    (lambda k: k.__setitem__((slice(None), 2), 0), "0 joints"),
    (lambda k: k.__setitem__((14, slice(None)), np.nan) or k.__setitem__((15, 0), np.inf), "3 joints"),
    (lambda k: k.__setitem__((list(HEAD_INDICES), slice(0, 2)), (100, 100)), "smaller"),
    (lambda k: k.__setitem__((0, slice(0, 2)), (600, 20)), "towards the camera|do not fit"),
])
def test_no_answer_has_a_reason(change, words):
    import re
    keypoints = render(0, 0, 0, (0, 0, 2))
    change(keypoints)
    head, reason = solve_head(keypoints, CAMERA)
    assert head is None and re.search(words, reason), reason


def test_bad_intrinsics_have_a_reason():
    keypoints = render(0, 0, 0, (0, 0, 2))
    for matrix in (np.zeros((3, 3)), np.full((3, 3), np.nan)):
        head, reason = solve_head(keypoints, Camera(matrix))
        assert head is None and "focal length" in reason


def test_a_head_of_few_pixels_gives_no_angles():
    head = render(10, 0, 0, (0, 0, 14))
    solved, reason = solve_head(head, CAMERA)
    assert solved is None and reason == "the head is smaller than 8 px"

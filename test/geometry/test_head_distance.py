"""A head that solvePnP puts at 1.6 m, for it is a large one, and what is known of its body."""

import numpy as np
import pytest

from lightweight_openpose.geometry.head import HEAD_KEYPOINTS
from lightweight_openpose.geometry.head_distance import on_body
from lightweight_openpose.poses.skeleton import COCO18, Skeleton

BY_FACE = np.array([0.32, -0.16, 1.6])
UNKNOWN = np.full((18, 4), np.nan)
NOWHERE = np.full(3, np.nan)


def joints(**distances):
    """(18, 4) joints of which only the distances [m] of some are known."""
    points = UNKNOWN.copy()
    for name, distance in distances.items():
        points[COCO18.index(name), 2] = distance
    return points


def test_the_joints_of_the_head_say_how_far_it_is():
    points = joints(nose=1.97, right_eye=2.0, left_eye=2.0, right_ear=2.08, left_ear=2.09)
    at = on_body(BY_FACE, points, np.array([0.4, 0.3, 2.3]), COCO18)
    np.testing.assert_allclose(at, (0.4, -0.2, 2.0))  # twice 1.6/2: on the same line of sight


@pytest.mark.parametrize("name", HEAD_KEYPOINTS)
def test_one_of_them_suffices(name):
    assert on_body(BY_FACE, joints(**{name: 2.0, "left_hip": 2.5}), NOWHERE, COCO18)[2] == 2.0


def test_without_them_the_body_says_it():
    at = on_body(BY_FACE, joints(left_hip=2.5), np.array([0.4, 0.3, 2.4]), COCO18)
    np.testing.assert_allclose(at, (0.48, -0.24, 2.4))


def test_without_a_body_the_size_of_the_face_says_it():
    np.testing.assert_allclose(on_body(BY_FACE, UNKNOWN, NOWHERE, COCO18), BY_FACE)


def test_a_skeleton_without_a_face_goes_by_its_body():
    bar = Skeleton("bar", ("a", "b"), ((0, 1),), (0.05, 0.05))
    points = np.array([[0, 0, 3.0, 1], [1, 0, 3.0, 1]])
    np.testing.assert_allclose(on_body(BY_FACE, points, np.array([0.5, 0, 3.2]), bar)[2], 3.2)

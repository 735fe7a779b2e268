"""A synthetic object with known angles."""

import numpy as np

from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.rigid_object import solve_object
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton
from people import placed, seen

CAMERA = Camera.assumed_for(640, 480, np.radians(60))
SUBMARINE = find_skeleton("submarine")


def project(angles, position):
    return seen(placed(SUBMARINE.points, angles, position), CAMERA)


def difference(a, b):
    """Angles [deg] between two lists of yaw, pitch, roll."""
    return np.abs((np.degrees(a) - np.asarray(b) + 180) % 360 - 180)


def test_angles_all_around_without_noise():
    rng = np.random.default_rng(0)
    for _ in range(300):
        angles = rng.uniform((-180, -60, -40), (180, 60, 40))
        position = (*rng.uniform(-0.5, 0.5, 2), rng.uniform(1.5, 4))
        solved, reason = solve_object(project(angles, position), SUBMARINE, CAMERA)
        assert solved is not None, reason
        assert difference([solved.yaw, solved.pitch, solved.roll], angles).max() < 0.5, angles
        assert np.linalg.norm(solved.translation - position) < 0.02


def test_three_keypoints_follow_the_last_pose_and_fewer_give_a_reason():
    keypoints = project((30, 10, 0), (0, 0, 2))
    solved, _ = solve_object(keypoints, SUBMARINE, CAMERA)
    later = project((33, 10, 0), (0.02, 0, 2))
    later[3] = (np.nan, np.nan, 0)
    reason = solve_object(later, SUBMARINE, CAMERA)[1]
    assert reason == "3 keypoints of the submarine found, 4 needed"
    followed, _ = solve_object(later, SUBMARINE, CAMERA, previous=solved)
    assert difference([followed.yaw, followed.pitch, followed.roll], (33, 10, 0)).max() < 1


def test_keypoints_that_fit_no_submarine():
    keypoints = np.array([[100, 100, 1], [101, 300, 1], [400, 100, 1], [90, 105, 1]], float)
    solved, reason = solve_object(keypoints, SUBMARINE, CAMERA)
    assert solved is None and "do not fit a submarine" in reason


def test_an_impossible_camera_is_named():
    keypoints = project((0, 0, 0), (0, 0, 2))
    reason = solve_object(keypoints, SUBMARINE, Camera(np.zeros((3, 3))))[1]
    assert reason.startswith("the camera matrix")


def test_people_have_no_points():
    assert COCO18.points == ()

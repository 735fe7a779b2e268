"""A synthetic object with known angles."""
import cv2
import numpy as np
import pytest

from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.orientation import rotation_from_angles
from lightweight_openpose.geometry.rigid_object import solve_object
from lightweight_openpose.poses.pose import missing_keypoints
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton

CAMERA = Camera.assumed_for(640, 480, np.radians(60))
SUBMARINE = find_skeleton("submarine")


def project(angles, position, noise=None):
    rotation = rotation_from_angles(*np.radians(angles), position)
    points = cv2.projectPoints(np.array(SUBMARINE.points), cv2.Rodrigues(rotation)[0], np.array(position, float),
                               CAMERA.matrix, None)[0]
    keypoints = missing_keypoints(4)
    keypoints[:, :2] = points.reshape(-1, 2) + (0 if noise is None else noise.normal(0, 1, (4, 2)))
    keypoints[:, 2] = 0.9
    return keypoints


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
    assert solve_object(later, SUBMARINE, CAMERA)[1] == "3 keypoints of the submarine found, 4 needed"
    followed, _ = solve_object(later, SUBMARINE, CAMERA, previous=solved)
    assert difference([followed.yaw, followed.pitch, followed.roll], (33, 10, 0)).max() < 1


@pytest.mark.parametrize("keypoints, reason", [
    (np.array([[100, 100, 1], [101, 300, 1], [400, 100, 1], [90, 105, 1]], float), "do not fit a submarine"),
])
def test_keypoints_that_fit_no_submarine(keypoints, reason):
    solved, said = solve_object(keypoints, SUBMARINE, CAMERA)
    assert solved is None and reason in said


def test_an_impossible_camera_is_named():
    assert solve_object(project((0, 0, 0), (0, 0, 2)), SUBMARINE, Camera(np.zeros((3, 3))))[1].startswith("the camera matrix")
    assert COCO18.points == ()

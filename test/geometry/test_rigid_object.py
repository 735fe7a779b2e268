"""A synthetic object with known angles."""

import numpy as np
import pytest

from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.rigid_object import solve_object
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton
from people import placed, seen

CAMERA = Camera.assumed_for(640, 480, np.radians(60))
SUBMARINE = find_skeleton("submarine")


FAR = (  # degrees and metres at which one run of the solver ends before its least error
    ((146.95, 36.03, -33.61), (-0.178, 0.004, 10.88)),
    ((-154.85, 57.71, 17.14), (0.158, 0.180, 3.765)),
)
LENSES = {
    "ideal": CAMERA,
    "plumb_bob": Camera.calibrated(CAMERA.matrix, [-0.3, 0.1, 0.001, -0.001, 0], "plumb_bob"),
    "fisheye": Camera.calibrated(CAMERA.matrix, [-0.02, 0.01, 0, 0], "equidistant"),
}


def project(angles, position, camera=CAMERA):
    return seen(placed(SUBMARINE.points, angles, position), camera)


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


@pytest.mark.parametrize("lens", LENSES)
def test_the_solver_is_run_until_it_has_converged(lens):
    camera = LENSES[lens]
    rng = np.random.default_rng(1)
    drawn = [
        (rng.uniform((-180, -60, -40), (180, 60, 40)), (*rng.uniform(-0.5, 0.5, 2), z))
        for z in rng.uniform(4, 12, 200)
    ]
    for angles, position in [*FAR, *drawn]:
        solved, reason = solve_object(project(angles, position, camera), SUBMARINE, camera)
        assert solved is not None, reason
        assert difference([solved.yaw, solved.pitch, solved.roll], angles).max() < 0.01, angles
        assert solved.reprojection_error < 0.01


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

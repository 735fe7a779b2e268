"""Cameras whose lens is described by the model that ROS calls equidistant."""

import cv2
import numpy as np
import pytest

from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.head import HEAD_INDICES, solve_head
from lightweight_openpose.geometry.head_model import COMMON
from lightweight_openpose.geometry.lifting import lift_flat
from lightweight_openpose.geometry.orientation import rotation_from_angles
from lightweight_openpose.poses.pose import Pose

MATRIX = np.array([[280.0, 0, 320], [0, 282, 240], [0, 0, 1]])
COEFFICIENTS = [-0.02, 0.008, -0.004, 0.001]
FISHEYE = Camera.calibrated(MATRIX, COEFFICIENTS, "equidistant")


def test_an_ideal_lens_maps_angles_to_distances():
    """r = f theta: 45 degrees off the axis lie at f * pi / 4, not at f."""
    ideal = Camera.calibrated(MATRIX, [], "equidistant")
    x, y = ideal.project(np.array([[1.0, 0, 1]]))[0]
    assert (x, y) == pytest.approx((320 + 280 * np.pi / 4, 240))
    assert ideal.rays(np.array([[x, y]]))[0] == pytest.approx((1, 0), abs=1e-9)


def test_pixels_and_rays_make_the_round_trip_up_to_80_degrees():
    angles = np.radians(np.linspace(0, 80, 20))
    turns = np.linspace(0, 6, 20)
    rays = np.tan(angles)[:, None] * np.column_stack([np.cos(turns), np.sin(turns)])
    pixels = FISHEYE.project(np.column_stack([rays, np.ones(20)]))
    assert FISHEYE.rays(pixels) == pytest.approx(rays, rel=1e-5, abs=1e-9)
    missing = FISHEYE.rays(np.array([[np.nan, 1], [320, 240]]))
    assert np.isnan(missing[0]).all() and missing[1] == pytest.approx((0, 0))


def test_a_pixel_that_looks_beside_or_behind_the_camera_has_no_ray():
    assert np.isnan(FISHEYE.rays(np.array([[320 + 5000.0, 240]]))).all()
    pose = Pose(np.array([[5000.0, 240, 0.9]] * 18), 0.9)
    assert np.isnan(lift_flat(pose, 2.0, FISHEYE)[:, :3]).all()


@pytest.mark.parametrize("off_axis", [0, 30, 55])
def test_a_head_at_the_side_of_a_fisheye_is_found_where_it_is(off_axis):
    angle = np.radians(off_axis)
    place = np.array([np.sin(angle), 0.05, np.cos(angle)]) * 1.2
    rotation = rotation_from_angles(0.3, -0.1, 0.05, place)
    keypoints = np.zeros((18, 3))
    keypoints[:, :2] = np.nan
    points = COMMON.at(rotation, place) @ rotation.T + place
    keypoints[list(HEAD_INDICES), :2] = FISHEYE.project(points)
    keypoints[list(HEAD_INDICES), 2] = 0.9
    solved, reason = solve_head(keypoints, FISHEYE)
    assert solved is not None, reason
    assert (solved.yaw, solved.pitch, solved.roll) == pytest.approx((0.3, -0.1, 0.05), abs=0.02)
    assert solved.translation == pytest.approx(place, abs=0.02)
    assert solved.reprojection_error < 0.1
    pinhole, _ = solve_head(keypoints, Camera(MATRIX, np.array(COEFFICIENTS)))
    if off_axis == 55:  # what it was taken for before
        assert pinhole is None or np.linalg.norm(pinhole.translation - place) > 0.2


@pytest.mark.parametrize("model", ["plumb_bob", "rational_polynomial", "", "radtan", "Plumb_Bob"])
def test_other_lenses_are_those_of_opencv(model):
    camera = Camera.calibrated(MATRIX, [-0.2, 0.05, 0, 0, 0], model)
    points = np.array([[0.3, 0.2, 1.0]])
    zero = np.zeros(3)
    expected = cv2.projectPoints(points, zero, zero, MATRIX, np.array([-0.2, 0.05, 0, 0, 0]))[0]
    assert camera.project(points)[0] == pytest.approx(expected.ravel())

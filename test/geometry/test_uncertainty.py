"""How sure positions are, against people who are drawn at random."""

import numpy as np
import pytest

from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.uncertainty import (
    FOCAL_LENGTH,
    GUESS,
    THICKNESS,
    depth_deviation,
    position_covariance,
)
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import COCO18
from people import body, seen

MATRIX = np.array([[500.0, 0, 320], [0, 510, 240], [0, 0, 1]])
CAMERA = Camera(MATRIX)
POSITION = np.array([0.8, -0.2, 3.0])
POSE = Pose(seen(body(3.0), CAMERA), 0.8)
TORSO = ("neck", "right_shoulder", "left_shoulder", "right_hip", "left_hip")
PIXELS = np.mean([COCO18.sigmas[COCO18.index(name)] for name in TORSO]) * np.sqrt(POSE.area)


def drawn(camera, guessed):
    """(N, 3) positions by pixels, depths, heights and focal lengths with these errors."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(200000, 4))
    u, v = (MATRIX @ POSITION)[:2] / POSITION[2]
    u, v = u + PIXELS * noise[:, 0], v + PIXELS * noise[:, 1]
    stretch = 1 + camera.assumed * FOCAL_LENGTH * noise[:, 3]  # of the focal length
    if guessed:
        z = POSITION[2] * (1 + GUESS * noise[:, 2]) * stretch
    else:
        z = POSITION[2] + np.hypot(depth_deviation(3.0), THICKNESS) * noise[:, 2]
    x = (u - MATRIX[0, 2]) / (MATRIX[0, 0]) * z * (2 - stretch)  # 1 / stretch to first order
    y = (v - MATRIX[1, 2]) / (MATRIX[1, 1]) * z * (2 - stretch)
    return np.column_stack([x, y, z])


@pytest.mark.parametrize("guessed", [False, True])
@pytest.mark.parametrize("assumed", [False, True])
def test_it_is_the_spread_of_positions_with_these_errors(guessed, assumed):
    camera = Camera(MATRIX, assumed=assumed)
    got = position_covariance(POSITION, POSE, camera, COCO18, guessed)
    np.testing.assert_allclose(got, got.T)
    assert np.linalg.eigvalsh(got).min() > 0
    expected = np.cov(drawn(camera, guessed).T)
    tolerance = 0.12 if assumed else 0.03  # the formula is of first order
    np.testing.assert_allclose(
        got, expected, rtol=tolerance, atol=tolerance * np.sqrt(expected[0, 0] * expected[2, 2])
    )


def test_the_noise_of_depth_grows_with_the_square_of_the_distance():
    assert depth_deviation(0.4) == pytest.approx(0.0012)
    far, near = depth_deviation(8.4) - 0.0012, depth_deviation(4.4) - 0.0012
    assert far == pytest.approx(4 * near)


def test_nothing_is_known_of_somebody_without_a_position():
    nowhere = np.full(3, np.nan)
    assert np.isnan(position_covariance(nowhere, POSE, CAMERA, COCO18, False)).all()

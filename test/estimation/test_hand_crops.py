"""Crops of hands: where the forearm ends, and around joints that are known."""
import numpy as np
import pytest

from lightweight_openpose.estimation.hand_crops import forearm_crop, palm_crop

SIZE = 112


def into(crop, *points):
    """Where points of the image lie in the input, over its side, from its middle."""
    matrix = crop.matrix(SIZE)
    moved = np.array(points, float) @ matrix[:, :2].T + matrix[:, 2]
    return (moved - (SIZE - 1) / 2) / SIZE


def test_the_crop_lies_beyond_the_wrist():
    crop = forearm_crop((100, 100), (100, 200), None, False)
    assert crop == pytest.approx((100, 65, 130, 0, False))


@pytest.mark.parametrize("degrees", [0, 30, 90, 180, 225, -60])
@pytest.mark.parametrize("mirrored", [False, True])
def test_the_forearm_points_up_in_the_crop(degrees, mirrored):
    along = 80 * np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    wrist = np.array([300.0, 200.0])
    crop = forearm_crop(wrist, wrist - along, None, mirrored)
    assert crop.mirrored is mirrored
    np.testing.assert_allclose(
        into(crop, wrist, wrist - along), [(0, 0.35 / 1.3), (0, 1.35 / 1.3)], atol=1e-9)


def test_a_left_hand_looks_like_a_right_one():
    """What lies to the right of a right forearm, and to the left of a left one, is on one side."""
    right = into(forearm_crop((100, 100), (100, 200), None, False), (120, 70))
    left = into(forearm_crop((100, 100), (100, 200), None, True), (80, 70))
    np.testing.assert_allclose(right, left, atol=1e-9)
    assert right[0, 0] > 0


def test_the_upper_arm_tells_the_length_of_a_forearm_that_points_at_the_camera():
    crop = forearm_crop((100, 100), (100, 110), (200, 110), False)
    assert crop.side == pytest.approx(1.3 * 90)
    assert (crop.x, crop.y) == pytest.approx((100, 100 - 0.35 * 90))
    near = forearm_crop((100, 100), (100, 200), (100, 290), False)
    assert near.side == pytest.approx(130)


def test_an_arm_without_length_gives_a_crop_of_numbers():
    crop = forearm_crop((50, 60), (50, 60), None, False)
    assert np.isfinite(crop[:4]).all() and crop.side > 0
    assert np.isfinite(palm_crop(np.full((21, 2), 7.0), True)[:4]).all()


@pytest.mark.parametrize("degrees", [0, 40, 180, -100])
@pytest.mark.parametrize("mirrored", [False, True])
def test_the_palm_points_up_and_the_joints_fill_half_of_the_crop(degrees, mirrored):
    joints = np.random.default_rng(3).uniform(-10, 10, (21, 2))
    joints[0], joints[9] = (0, 20), (0, -5)  # up
    joints[1], joints[2] = (-8, -20), (14, 0)
    turn = np.radians(degrees)
    axes = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = into(palm_crop(joints @ axes.T + (200, 300), mirrored), *(joints @ axes.T + (200, 300)))
    assert moved[0, 0] == pytest.approx(moved[9, 0]) and moved[9, 1] < moved[0, 1]
    np.testing.assert_allclose(moved.max(0), -moved.min(0), atol=1e-9)
    assert np.ptp(moved, 0).max() == pytest.approx(0.5)
    assert (moved[2, 0] > moved[1, 0]) is not mirrored

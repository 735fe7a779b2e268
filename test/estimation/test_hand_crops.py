"""Crops of hands at their limits; what they show is tested with the networks that see them."""

import numpy as np
import pytest

from lightweight_openpose.estimation.arms import Arm
from lightweight_openpose.estimation.hand_crops import forearm_crop, palm_crop

SIZE = 112


def into(crop, point):
    """Where a point of the image lies in the input, over its side, from its middle."""
    matrix = crop.matrix(SIZE)
    moved = np.array(point, float) @ matrix[:, :2].T + matrix[:, 2]
    return (moved - (SIZE - 1) / 2) / SIZE


def arm(*places):
    return Arm(*(np.array(place, float) for place in places))


def test_a_left_hand_looks_like_a_right_one():
    """What lies to the right of a right forearm, and to the left of a left one, is on one side."""
    upright = arm((100, 100), (100, 200))
    right = into(forearm_crop(upright, False), (120, 70))
    left = into(forearm_crop(upright, True), (80, 70))
    np.testing.assert_allclose(right, left, atol=1e-9)
    assert right[0] > 0


def test_the_upper_arm_tells_the_length_of_a_forearm_that_points_at_the_camera():
    crop = forearm_crop(arm((100, 100), (100, 110), (200, 110)), False)
    assert crop.side == pytest.approx(1.3 * 90)
    assert (crop.x, crop.y) == pytest.approx((100, 100 - 0.35 * 90))
    near = forearm_crop(arm((100, 100), (100, 200), (100, 290)), False)
    assert near.side == pytest.approx(130)


def test_an_arm_without_length_gives_a_crop_of_numbers():
    crop = forearm_crop(arm((50, 60), (50, 60)), False)
    assert np.isfinite(crop[:4]).all() and crop.side > 0
    assert np.isfinite(palm_crop(np.full((21, 2), 7.0), True)[:4]).all()


def test_joints_that_are_not_numbers_give_no_side():
    assert not palm_crop(np.full((21, 2), np.nan), False).side >= 0

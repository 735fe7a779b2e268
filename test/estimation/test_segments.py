"""Many ranges at once."""

import numpy as np

from lightweight_openpose.estimation.segments import segments


def test_numbers_of_ranges_follow_one_another_and_say_whose_they_are():
    which, number = segments(np.array([5, 0, 7]), np.array([2, 0, 3]))
    assert which.tolist() == [0, 0, 2, 2, 2]
    assert number.tolist() == [5, 6, 7, 8, 9]


def test_no_ranges_have_no_numbers():
    which, number = segments(np.zeros(0, int), np.zeros(0, int))
    assert not len(which) and not len(number)

import threading
import time

import numpy as np
import pytest

from lightweight_openpose.estimation.inference_requests import ARRIVALS, RequestLimit, two_streams

IMAGE = np.zeros((1, 3, 8, 8), np.float32)


def frames(rate, seconds, slowdown=1.5, limit=None, start=0.0):
    """The demand after many frames a second that take so long alone."""
    limit = limit or RequestLimit(slowdown)
    for i in range(4 * ARRIVALS):
        limit.arrive(start + i / rate)
        limit.took(seconds * (slowdown if limit.frames == 2 else 1), limit.frames)
    return limit


def test_two_go_in_when_frames_come_faster_than_the_network_answers():
    assert frames(30, 0.020).frames == 1
    assert frames(30, 0.040).frames == 2
    assert frames(60, 0.020).frames == 2


def test_one_goes_in_again_when_they_come_slower():
    limit = frames(60, 0.020)
    assert frames(48, 0.020, limit=limit, start=2.0).frames == 2  # 0.96: no to and fro
    assert frames(30, 0.020, limit=limit, start=4.5).frames == 1


def test_a_network_that_becomes_faster_is_noticed_while_two_are_in():
    limit = frames(30, 0.060)
    assert limit.frames == 2
    assert frames(30, 0.020, limit=limit, start=4.0).frames == 1


def test_there_are_never_two_where_that_does_not_pay():
    limit = RequestLimit()
    for i in range(4 * ARRIVALS):
        limit.arrive(i / 1000)
        limit.took(1.0, 1)
    assert limit.frames == 1


class Network:
    """A frame takes 10 ms, and `together` with another one."""

    def __init__(self, together):
        self.together = together
        self.both = threading.Barrier(2)

    def __call__(self, tensor):
        time.sleep(0.01)

    def two_streams(self):
        return self._pair

    def _pair(self, tensor):
        self.both.wait(5)
        time.sleep(self.together)


@pytest.mark.parametrize("together, pays", [(0.011, True), (0.03, False)])
def test_it_is_measured_whether_two_at_once_pay(together, pays):
    found = two_streams(Network(together), IMAGE)
    assert (found is not None) == pays
    assert found is None or found.slowdown < 2


def test_a_backend_that_cannot_is_asked_one_frame_at_a_time():
    assert two_streams(lambda tensor: tensor, IMAGE) is None

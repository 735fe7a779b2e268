import threading
import time

import numpy as np
import pytest

from lightweight_openpose.estimation.demand import ARRIVALS, Demand, side_by_side

IMAGE = np.zeros((1, 3, 8, 8), np.float32)


def frames(rate, seconds, slowdown=1.5, demand=None, start=0.0):
    """The demand after many frames a second that take so long alone."""
    demand = demand or Demand(slowdown)
    for i in range(4 * ARRIVALS):
        demand.arrive(start + i / rate)
        demand.took(seconds * (slowdown if demand.frames == 2 else 1), demand.frames)
    return demand


def test_two_go_in_when_frames_come_faster_than_the_network_answers():
    assert frames(30, 0.020).frames == 1
    assert frames(30, 0.040).frames == 2
    assert frames(60, 0.020).frames == 2


def test_one_goes_in_again_when_they_come_slower():
    demand = frames(60, 0.020)
    assert frames(48, 0.020, demand=demand, start=2.0).frames == 2  # 0.96: no to and fro
    assert frames(30, 0.020, demand=demand, start=4.5).frames == 1


def test_a_network_that_becomes_faster_is_noticed_while_two_are_in():
    demand = frames(30, 0.060)
    assert demand.frames == 2
    assert frames(30, 0.020, demand=demand, start=4.0).frames == 1


def test_there_are_never_two_where_that_does_not_pay():
    demand = Demand()
    for i in range(4 * ARRIVALS):
        demand.arrive(i / 1000)
        demand.took(1.0, 1)
    assert demand.frames == 1


class Network:
    """A frame takes 10 ms, and `together` with another one."""

    def __init__(self, together):
        self.together = together
        self.both = threading.Barrier(2)

    def __call__(self, tensor):
        time.sleep(0.01)

    def side_by_side(self):
        return self._pair

    def _pair(self, tensor):
        self.both.wait(5)
        time.sleep(self.together)


@pytest.mark.parametrize("together, pays", [(0.011, True), (0.03, False)])
def test_it_is_measured_whether_two_at_once_pay(together, pays):
    found = side_by_side(Network(together), IMAGE)
    assert (found is not None) == pays
    assert found is None or found.slowdown < 2


def test_a_backend_that_cannot_is_asked_one_frame_at_a_time():
    assert side_by_side(lambda tensor: tensor, IMAGE) is None

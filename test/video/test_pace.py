import pytest

from lightweight_openpose.video.pace import Pace


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def shown(stamps, framerate=0.0, work=0.0):
    """When frames of these times are shown, each of which takes some work [s]."""
    clock = Clock()
    pace = Pace(framerate, clock)
    found = []
    for stamp in stamps:
        clock.now += max(0.0, pace.wait(stamp))
        pace.step()
        found.append(round(clock.now - 1000, 6))
        clock.now += work
    return found


def test_frames_are_shown_at_their_own_times():
    assert shown([0, 0.1, 0.13, 4.0]) == [0, 0.1, 0.13, 4.0]
    assert shown([2.0, 2.1, 2.5]) == [0, 0.1, 0.5]


def test_a_rate_that_is_asked_for_goes_before_their_times():
    assert shown([0, 0.5, 9.0], framerate=10) == [0, 0.1, 0.2]
    assert shown([0, 1, 2], framerate=0.1) == [0, 10, 20]


def test_work_between_frames_does_not_slow_the_footage():
    assert shown([0, 0.5, 1.0], work=0.4) == [0, 0.5, 1.0]


def test_far_behind_the_footage_the_pace_begins_anew():
    assert shown([0, 0.1, 0.2], work=3.0) == [0, 3.0, 6.0]
    assert shown([0, 0.1, 0.2, 0.3], work=0.4) == [0, 0.4, 0.8, 1.2]


def test_a_frame_is_not_taken_before_it_is_due():
    clock = Clock()
    pace = Pace(10, clock)
    assert pace.wait(0) == 0
    pace.step()
    for _ in range(3):
        assert pace.wait(0.01) == pytest.approx(0.1)
    clock.now += 0.15
    assert pace.wait(0.1) == pytest.approx(-0.05)

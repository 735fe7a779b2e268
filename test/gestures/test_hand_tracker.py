"""Gestures of a made hand over time, and where it points in metres."""

import numpy as np
import pytest

from lightweight_openpose.gestures.hand_rules import NO_GESTURE
from lightweight_openpose.gestures.hand_tracker import UNKNOWN, HandTracker, ray_of
from lightweight_openpose.gestures.held import Held
from people import FINGERS, hand

FIST, OPEN_PALM, POINTING = "fist", "open_palm", "pointing"

OPEN = hand(tuple(FINGERS), "out")
CLOSED = hand()
POINTS = hand(("index",), "in", turn=np.pi / 2)  # to the right


def after(tracker, joints, begin, seconds, rate=15, **more):
    """The state after the same hand was seen for so long."""
    for i in range(int(seconds * rate) + 1):
        state = tracker.update(joints, begin + i / rate, **more)
    return state


def metres(start=(0.1, 0.2, 1.5), direction=(0, 0, -1), length=0.075):
    """(21, 4) whose index finger alone has depth."""
    points = np.full((21, 4), np.nan)
    direction = np.array(direction) / np.linalg.norm(direction)
    points[5:9, :3] = start + length * np.outer((0, 0.5, 0.8, 1), direction)
    points[5:9, 3] = 0.9
    return points


def test_a_gesture_must_last():
    tracker = HandTracker("right")
    assert tracker.update(OPEN, 0.0).gesture == UNKNOWN
    assert tracker.update(OPEN, 0.2).gesture == UNKNOWN
    state = tracker.update(OPEN, 0.35)
    assert (state.gesture, state.fingers) == (OPEN_PALM, 5)


def test_a_single_frame_is_no_gesture_and_ends_none():
    tracker = HandTracker("right")
    after(tracker, CLOSED, 0, 1)
    assert tracker.update(OPEN, 1.1).gesture == FIST
    assert tracker.update(CLOSED, 1.2).gesture == FIST
    assert tracker.update(OPEN, 1.3).gesture == FIST
    assert tracker.update(CLOSED, 1.4).gesture == FIST


def test_two_gestures_that_take_turns_are_neither():
    tracker = HandTracker("right")
    for i in range(40):
        state = tracker.update((OPEN, CLOSED)[i % 2], i / 10)
    assert (state.gesture, state.fingers) == (UNKNOWN, None)


def test_one_gesture_follows_another():
    tracker = HandTracker("right")
    assert after(tracker, OPEN, 0, 1).gesture == OPEN_PALM
    assert after(tracker, CLOSED, 1.1, 0.2).gesture == OPEN_PALM
    assert after(tracker, CLOSED, 1.35, 0.5).gesture == FIST
    assert after(tracker, hand(("middle",)), 2, 0.5).gesture == NO_GESTURE


def test_a_gesture_outlives_a_flicker_but_not_the_hand():
    tracker = HandTracker("right")
    after(tracker, OPEN, 0, 1)
    assert tracker.update(None, 1.5).gesture == OPEN_PALM
    assert tracker.update(OPEN, 1.6).gesture == OPEN_PALM
    assert tracker.update(None, 2.5).gesture == OPEN_PALM
    state = tracker.update(None, 2.7)
    assert (state.gesture, state.fingers) == (UNKNOWN, None)


def test_bounds_for_going_on_are_laxer():
    leaning = hand(tuple(FINGERS), "out", turn=1.3)
    assert after(HandTracker("right"), leaning, 0, 2).gesture == NO_GESTURE
    tracker = HandTracker("right")
    after(tracker, OPEN, 0, 1)
    assert after(tracker, leaning, 1.1, 2).gesture == OPEN_PALM


def test_pointing_has_a_direction_in_the_image_and_with_depth_a_ray():
    state = after(HandTracker("right"), POINTS, 0, 1)
    assert state.gesture == POINTING and state.angle == pytest.approx(0, abs=0.35)
    assert state.ray is None
    state = after(HandTracker("right"), POINTS, 0, 1, points=metres())
    np.testing.assert_allclose(state.ray.origin, (0.1, 0.2, 1.425), atol=1e-9)
    np.testing.assert_allclose(state.ray.direction, (0, 0, -1), atol=1e-9)


def test_other_gestures_have_no_direction():
    state = after(HandTracker("right"), OPEN, 0, 1, points=metres())
    assert np.isnan(state.angle) and state.ray is None


def test_without_the_tip_there_is_no_angle():
    tracker = HandTracker("right")
    after(tracker, POINTS, 0, 1)
    joints = POINTS.copy()
    joints[8] = np.nan, np.nan, 0
    state = tracker.update(joints, 1.1)
    assert state.gesture == POINTING and np.isnan(state.angle)
    assert np.isnan(tracker.update(None, 1.2).angle)


@pytest.mark.parametrize("direction", [(1, 0, 0), (0, -1, 0), (0.5, 0.3, -1), (-1, -1, 1)])
def test_a_ray_is_the_line_through_the_finger(direction):
    ray = ray_of(metres(direction=direction))
    np.testing.assert_allclose(ray.direction, np.array(direction) / np.linalg.norm(direction))
    np.testing.assert_allclose(ray.origin, metres(direction=direction)[8, :3])


def test_a_joint_without_depth_is_left_out_two_are_too_many():
    points = metres()
    points[8, :3] = np.nan
    ray = ray_of(points)
    np.testing.assert_allclose(ray.direction, (0, 0, -1), atol=1e-9)
    np.testing.assert_allclose(ray.origin, points[7, :3])
    points[6, :3] = np.nan
    assert ray_of(points) is None
    assert ray_of(np.full((21, 3), np.nan)) is None


def test_depth_of_what_is_behind_the_finger_is_no_ray():
    points = metres(direction=(1, 0, 0))
    points[8, 2] += 0.2  # the tip: the finger were too long
    assert ray_of(points) is None
    points = metres(direction=(1, 0, 0))
    points[6, 2] += 0.04  # a joint in the middle: off the line
    assert ray_of(points) is None
    assert ray_of(metres(length=0.01)) is None


def test_a_value_is_held_until_another_lasts():
    held = Held(0.5, "a", lost=1.0)
    seen = [("b", 0), ("c", 0.4), ("c", 0.8), ("c", 0.9), (None, 1.5), (None, 2.0)]
    assert [held.update(*one) for one in seen] == ["a", "a", "a", "c", "c", "a"]

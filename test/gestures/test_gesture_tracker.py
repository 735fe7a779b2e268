"""Gestures of a drawn person over time; photographs are in test_photographs.py."""

import numpy as np
import pytest

from lightweight_openpose.gestures.body_rules.waving import count_turns
from lightweight_openpose.gestures.gesture_tracker import GestureTracker
from lightweight_openpose.gestures.held import Held
from lightweight_openpose.poses.pose import missing_keypoints
from lightweight_openpose.poses.skeleton import COCO18
from people import STANDING, mirrored, standing


def after(frames, seconds=1.5, rate=15, **more):
    """Gestures after the same frame, or a function of time, was seen for so long."""
    tracker = GestureTracker(COCO18)
    for i in range(int(seconds * rate)):
        keypoints = frames(i / rate) if callable(frames) else frames
        result = tracker.update(keypoints, 50 + i / rate, **more)
    return result


def arm(side, elbow, wrist, **changes):
    """Somebody with the joints of this arm at other places, None: not found."""
    return standing(**{f"{side}_elbow": elbow, f"{side}_wrist": wrist, **changes})


def without(*parts):
    """The joints of both sides, not found."""
    return {f"{side}_{part}": None for side in ("left", "right") for part in parts}


UP = arm("left", (125, 30), (124, -5))


def test_standing_person_does_nothing_but_face_the_camera():
    got = after(standing())
    neither = {"left": False, "right": False}
    assert got.raised == neither and got.waving == neither
    assert got.pointing is None and not got.fallen and got.facing


@pytest.mark.parametrize("side", ["left", "right"])
def test_arm_raised(side):
    sign = 1 if side == "left" else -1
    got = after(arm(side, (100 + sign * 25, 30), (100 + sign * 24, -5)))
    assert got.raised[side] and not got.raised["right" if side == "left" else "left"]
    assert got.pointing is None and not got.waving[side]
    level = arm(side, (100 + sign * 55, 60), (100 + sign * 90, 58))
    assert not after(level).raised[side]


def test_mirrored_person_raises_the_other_arm():
    assert after(UP).raised == {"left": True, "right": False}
    assert after(mirrored(UP, 201)).raised == {"left": False, "right": True}


def test_hidden_hips_do_not_hide_a_raised_arm():
    got = after(arm("left", (125, 30), (124, -5), **without("hip", "knee", "ankle")))
    assert got.raised["left"] and not got.fallen


def swing(seconds, hertz, width):
    return width * np.sin(2 * np.pi * hertz * seconds)


@pytest.mark.parametrize(
    "hertz, width, waves",
    [(1.5, 25, True), (2.5, 15, True), (1.5, 4, False), (0.2, 25, False)],
)
def test_waving(hertz, width, waves):
    got = after(lambda t: arm("right", (70, 80), (68 + swing(t, hertz, width), 45)), 2.5)
    assert got.waving == {"left": False, "right": waves}


def test_an_arm_that_swings_while_walking_does_not_wave():
    got = after(lambda t: standing(right_wrist=(73 + swing(t, 1, 25), 125)), 3)
    assert not got.waving["right"]


@pytest.mark.parametrize("end, angle", [((195, 60), 0.0), ((180, 100), 0.59), ((180, 20), -0.59)])
def test_pointing_direction_in_the_image(end, angle):
    middle = tuple((np.array(STANDING["left_shoulder"]) + end) / 2)
    got = after(arm("left", middle, end))
    assert got.pointing == "left" and got.angle == pytest.approx(angle, abs=0.02)
    assert got.direction is None


def test_pointing_direction_in_metres():
    points = np.full((18, 4), np.nan)
    points[5] = (0.2, -0.4, 3.0, 1)
    points[7] = (0.2, -0.4, 2.4, 1)
    stretched = arm("left", (155, 61), (190, 62))
    got = after(stretched, points=points)
    np.testing.assert_allclose(got.direction, (0, 0, -1), atol=1e-6)
    points[7] = np.nan
    assert after(stretched, points=points).direction is None


@pytest.mark.parametrize("elbow, wrist", [((150, 75), (125, 50)), ((122, 100), (121, 140))])
def test_bent_or_hanging_arm_does_not_point(elbow, wrist):
    assert after(arm("left", elbow, wrist)).pointing is None


@pytest.mark.parametrize(
    "head, facing",
    [
        ((0, 0), True),
        ((0.3, 0.1), True),
        ((0.8, 0), False),
        ((0, 0.7), False),
        ((-2.5, 0), False),
    ],
)
def test_facing_by_the_head(head, facing):
    assert after(standing(), head=head).facing == facing


def test_facing_by_the_joints():
    assert not after(standing(nose=None, left_eye=None, right_eye=None)).facing
    assert not after(standing(nose=(108, 40), left_eye=(110, 36), right_eye=(102, 36))).facing


@pytest.mark.parametrize(
    "turn, fallen", [(0.0, False), (0.5, False), (1.3, True), (-1.5, True), (1.9, True)]
)
def test_fallen(turn, fallen):
    assert after(standing(turn=turn)).fallen == fallen


def test_bending_over_and_sitting_is_not_fallen():
    bent = standing(
        neck=(160, 118), nose=(175, 125), left_shoulder=(158, 118), right_shoulder=(158, 120)
    )
    assert not after(bent).fallen
    sitting = standing(
        left_knee=(150, 130),
        right_knee=(150, 132),
        left_ankle=(150, 170),
        right_ankle=(150, 172),
    )
    assert not after(sitting).fallen
    assert not after(standing(turn=1.4, **without("knee", "ankle"))).fallen


def test_a_gesture_must_last_and_outlives_a_flicker():
    tracker = GestureTracker(COCO18)
    down = standing()
    lost = arm("left", None, None)
    assert not tracker.update(UP, 0.0).raised["left"] and not tracker.update(UP, 0.1).raised["left"]
    assert tracker.update(UP, 0.25).raised["left"]
    assert tracker.update(down, 0.3).raised["left"] and tracker.update(UP, 0.35).raised["left"]
    assert all(tracker.update(lost, 0.4 + i / 10).raised["left"] for i in range(5))
    tracker.update(down, 1.0)
    assert not tracker.update(down, 1.3).raised["left"]


def test_bounds_for_going_on_are_laxer():
    low = arm("left", (130, 60), (124, 48))  # between the two bounds
    assert not after(low).raised["left"]
    tracker = GestureTracker(COCO18)
    for i in range(10):
        tracker.update(UP, i / 10)
    assert all(tracker.update(low, 1 + i / 10).raised["left"] for i in range(10))


def test_nobody_does_nothing():
    got = after(missing_keypoints(18))
    assert not got.facing and not got.fallen and got.pointing is None
    assert not any(got.raised.values()) and not any(got.waving.values())


def test_what_is_held_changes_after_some_time():
    held = Held(0.5, False)
    seen = [(True, 0), (None, 0.3), (True, 0.6), (True, 1.2), (False, 1.3)]
    assert [held.update(*one) for one in seen] == [False, False, False, True, True]


def test_turns():
    assert count_turns([0, 1, 2, 1, 0, 1, 2], 1.5) == 2
    assert count_turns([0, 0.1, 0, 0.1, 0], 0.5) == 0
    assert count_turns([0, 5, 10], 1) == 0

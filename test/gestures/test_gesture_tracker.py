"""Gestures of a drawn person over time; photographs are in test_gesture_photos.py."""
import numpy as np
import pytest

from lightweight_openpose.gestures.gesture_tracker import GestureTracker, Held
from lightweight_openpose.gestures.rules import count_turns
from lightweight_openpose.poses.skeleton import COCO18

STANDING = {"nose": (100, 40), "neck": (100, 60), "right_shoulder": (80, 60), "right_elbow": (75, 95), "right_wrist": (73, 125),
            "left_shoulder": (120, 60), "left_elbow": (125, 95), "left_wrist": (127, 125), "right_hip": (88, 125),
            "right_knee": (87, 170), "right_ankle": (86, 215), "left_hip": (112, 125), "left_knee": (113, 170),
            "left_ankle": (114, 215), "right_eye": (95, 36), "left_eye": (105, 36), "right_ear": (90, 38), "left_ear": (110, 38)}


def person(turn=0.0, **changes):
    """(18, 3) keypoints; changes: other places of joints, None: not found; turn [rad] in the image about the hips."""
    joints = {**STANDING, **changes}
    rows = np.array([(*joints[n], 0.8) if joints[n] else (np.nan, np.nan, 0) for n in COCO18.keypoints], np.float32)
    c, s = np.cos(turn), np.sin(turn)
    rows[:, :2] = (rows[:, :2] - (100, 125)) @ np.array([[c, s], [-s, c]]) + (100, 125)
    return rows


def after(frames, seconds=1.5, rate=15, **more):
    """Gestures after the same frame, or a function of time, was seen for so long."""
    tracker = GestureTracker(COCO18)
    for i in range(int(seconds * rate)):
        keypoints = frames(i / rate) if callable(frames) else frames
        result = tracker.update(keypoints, 50 + i / rate, **more)
    return result


def test_standing_person_does_nothing_but_face_the_camera():
    got = after(person())
    assert got.raised == {"left": False, "right": False} and got.waving == {"left": False, "right": False}
    assert got.pointing is None and not got.fallen and got.facing


@pytest.mark.parametrize("side", ["left", "right"])
def test_arm_raised(side):
    sign = 1 if side == "left" else -1
    up = person(**{f"{side}_elbow": (100 + sign * 25, 30), f"{side}_wrist": (100 + sign * 24, -5)})
    got = after(up)
    assert got.raised[side] and not got.raised["right" if side == "left" else "left"]
    assert got.pointing is None and not got.waving[side]
    level = person(**{f"{side}_elbow": (100 + sign * 55, 60), f"{side}_wrist": (100 + sign * 90, 58)})
    assert not after(level).raised[side]


def test_mirrored_person_raises_the_other_arm():
    up = person(left_elbow=(125, 30), left_wrist=(124, -5))
    mirrored = up[list(COCO18.flip_permutation)].copy()
    mirrored[:, 0] = 200 - mirrored[:, 0]
    assert after(up).raised == {"left": True, "right": False} and after(mirrored).raised == {"left": False, "right": True}


def test_hidden_hips_do_not_hide_a_raised_arm():
    gone = {f"{s}_{p}": None for s in ("left", "right") for p in ("hip", "knee", "ankle")}
    got = after(person(left_elbow=(125, 30), left_wrist=(124, -5), **gone))
    assert got.raised["left"] and not got.fallen


@pytest.mark.parametrize("hertz, width, waves", [(1.5, 25, True), (2.5, 15, True), (1.5, 4, False), (0.2, 25, False)])
def test_waving(hertz, width, waves):
    got = after(lambda t: person(right_elbow=(70, 80), right_wrist=(68 + width * np.sin(2 * np.pi * hertz * t), 45)), 2.5)
    assert got.waving == {"left": False, "right": waves}


def test_an_arm_that_swings_while_walking_does_not_wave():
    assert not after(lambda t: person(right_wrist=(73 + 25 * np.sin(2 * np.pi * t), 125)), 3).waving["right"]


@pytest.mark.parametrize("end, angle", [((195, 60), 0.0), ((180, 100), 0.59), ((180, 20), -0.59)])
def test_pointing_direction_in_the_image(end, angle):
    middle = tuple((np.array(STANDING["left_shoulder"]) + end) / 2)
    got = after(person(left_elbow=middle, left_wrist=end))
    assert got.pointing == "left" and got.angle == pytest.approx(angle, abs=0.02) and got.direction is None


def test_pointing_direction_in_metres():
    points = np.full((18, 4), np.nan)
    points[5], points[7] = (0.2, -0.4, 3.0, 1), (0.2, -0.4, 2.4, 1)
    stretched = person(left_elbow=(155, 61), left_wrist=(190, 62))
    got = after(stretched, points=points)
    np.testing.assert_allclose(got.direction, (0, 0, -1), atol=1e-6)
    points[7] = np.nan
    assert after(stretched, points=points).direction is None


@pytest.mark.parametrize("elbow, wrist", [((150, 75), (125, 50)), ((122, 100), (121, 140))])
def test_bent_or_hanging_arm_does_not_point(elbow, wrist):
    assert after(person(left_elbow=elbow, left_wrist=wrist)).pointing is None


@pytest.mark.parametrize("head, facing", [((0, 0), True), ((0.3, 0.1), True), ((0.8, 0), False), ((0, 0.7), False), ((-2.5, 0), False)])
def test_facing_by_the_head(head, facing):
    assert after(person(), head=head).facing == facing


def test_facing_by_the_joints():
    assert not after(person(nose=None, left_eye=None, right_eye=None)).facing
    assert not after(person(nose=(108, 40), left_eye=(110, 36), right_eye=(102, 36))).facing


@pytest.mark.parametrize("turn, fallen", [(0.0, False), (0.5, False), (1.3, True), (-1.5, True), (1.9, True)])
def test_fallen(turn, fallen):
    assert after(person(turn)).fallen == fallen


def test_bending_over_and_sitting_is_not_fallen():
    bent = {n: (x, y) for n, (x, y) in STANDING.items()}
    bent.update(neck=(160, 118), nose=(175, 125), left_shoulder=(158, 118), right_shoulder=(158, 120))
    assert not after(person(**bent)).fallen
    assert not after(person(left_knee=(150, 130), right_knee=(150, 132), left_ankle=(150, 170), right_ankle=(150, 172))).fallen
    assert not after(person(1.4, **{f"{s}_{p}": None for s in ("left", "right") for p in ("knee", "ankle")})).fallen


def test_a_gesture_must_last_and_outlives_a_flicker():
    tracker, up, down = GestureTracker(COCO18), person(left_elbow=(125, 30), left_wrist=(124, -5)), person()
    assert not tracker.update(up, 0.0).raised["left"] and not tracker.update(up, 0.1).raised["left"]
    assert tracker.update(up, 0.25).raised["left"]
    assert tracker.update(down, 0.3).raised["left"] and tracker.update(up, 0.35).raised["left"]
    lost = person(left_elbow=None, left_wrist=None)
    assert all(tracker.update(lost, 0.4 + i / 10).raised["left"] for i in range(5))
    tracker.update(down, 1.0)
    assert not tracker.update(down, 1.3).raised["left"]


def test_bounds_for_going_on_are_laxer():
    low = person(left_elbow=(130, 60), left_wrist=(124, 48))  # between the two bounds
    assert not after(low).raised["left"]
    tracker = GestureTracker(COCO18)
    for i in range(10):
        tracker.update(person(left_elbow=(125, 30), left_wrist=(124, -5)), i / 10)
    assert all(tracker.update(low, 1 + i / 10).raised["left"] for i in range(10))


def test_nobody_and_held():
    nothing = np.full((18, 3), np.nan, np.float32)
    nothing[:, 2] = 0
    got = after(nothing)
    assert not (got.facing or got.fallen or got.pointing or any(got.raised.values()) or any(got.waving.values()))
    held = Held(0.5)
    assert [held.update(s, t) for s, t in ((True, 0), (None, 0.3), (True, 0.6), (True, 1.2), (False, 1.3))] == [
        False, False, False, True, True]


def test_turns():
    assert count_turns([0, 1, 2, 1, 0, 1, 2], 1.5) == 2
    assert count_turns([0, 0.1, 0, 0.1, 0], 0.5) == 0
    assert count_turns([0, 5, 10], 1) == 0

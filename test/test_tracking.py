import numpy as np
import pytest

from lightweight_openpose.pose import Pose, missing_keypoints
from lightweight_openpose.skeleton import COCO18
from lightweight_openpose.tracking import OneEuro, Tracker, TrackerConfig, oks

SIGMAS = np.asarray(COCO18.sigmas)
BODY = np.random.default_rng(1).uniform(0, 1, (18, 2)) * (60, 180)


def person(x, y=0.0):
    keypoints = np.ones((18, 3), np.float32)
    keypoints[:, :2] = BODY + (x, y)
    return Pose(keypoints, 0.8)


def ids(poses):
    return [p.track_id for p in poses]


def test_oks_has_known_values():
    a = person(0).keypoints
    assert oks(a, a, SIGMAS) == 1
    assert oks(a, person(500).keypoints, SIGMAS) < 1e-6
    one = missing_keypoints(18)
    one[0] = a[0]
    width, height = a[:, :2].max(0) - a[:, :2].min(0)
    moved = one.copy()
    moved[0, 0] += 3
    moved[1:], one[1:] = a[1:], missing_keypoints(17)
    assert oks(moved, one, SIGMAS) == pytest.approx(np.exp(-9 / (2 * width * height * (2 * SIGMAS[0]) ** 2)), rel=0.2)
    assert oks(missing_keypoints(18), a, SIGMAS) == 0


def test_ids_follow_people_whatever_their_order():
    tracker = Tracker(COCO18)
    assert ids(tracker.update([person(0), person(200)], 0.0)) == [0, 1]
    assert ids(tracker.update([person(204), person(5)], 0.1)) == [1, 0]


def test_an_id_survives_lost_frames_and_then_dies():
    tracker = Tracker(COCO18, TrackerConfig(max_lost=3))
    tracker.update([person(0)], 0.0)
    for i in range(3):
        assert tracker.update([], 0.1 * (i + 1)) == []
    assert ids(tracker.update([person(2)], 0.4)) == [0]
    for i in range(4):
        tracker.update([], 0.5 + 0.1 * i)
    assert ids(tracker.update([person(2)], 1.0)) == [1]


def test_time_that_goes_back_resets():
    tracker = Tracker(COCO18)
    tracker.update([person(0), person(300)], 10.0)
    assert ids(tracker.update([person(300)], 2.0)) == [0]


def test_smoothing_reduces_noise_at_rest_and_follows_motion():
    rng = np.random.default_rng(0)
    tracker = Tracker(COCO18)
    still = [tracker.update([Pose(np.c_[BODY + rng.normal(0, 1, (18, 2)), np.ones(18)].astype(np.float32), 1.0)],
                            i / 30)[0].keypoints[:, :2] for i in range(150)]
    assert np.std(still[30:], axis=0).mean() < 0.5
    tracker.reset()
    for i in range(60):
        last = tracker.update([person(4.0 * i)], i / 30)[0]
    assert np.abs(last.keypoints[:, 0] - (BODY[:, 0] + 4.0 * 59)).max() < 8  # less than two frames behind


def test_missing_joints_stay_missing_and_come_back_unlagged():
    tracker = Tracker(COCO18)
    tracker.update([person(0)], 0.0)
    hidden = person(1)
    hidden.keypoints[4] = (np.nan, np.nan, 0)
    out = tracker.update([hidden], 0.1)[0]
    assert np.isnan(out.keypoints[4, :2]).all() and out.keypoints[4, 2] == 0
    again = tracker.update([person(30)], 0.2)[0]
    assert again.keypoints[4, 0] == pytest.approx(BODY[4, 0] + 30, abs=1e-3)


def test_repeated_stamps_do_not_divide_by_zero():
    f = OneEuro(1, 1.0, 0.0)
    f(np.array([[0.0, 0.0]]), 1.0, 100)
    assert np.isfinite(f(np.array([[5.0, 0.0]]), 1.0, 100)).all()

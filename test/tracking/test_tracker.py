import numpy as np
import pytest

from lightweight_openpose.poses.oks import oks
from lightweight_openpose.poses.pose import Pose, missing_keypoints
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.tracking.appearance import colour_regions, region_colours
from lightweight_openpose.tracking.one_euro import OneEuro
from lightweight_openpose.tracking.tracker import Tracker, TrackerConfig

SIGMAS = np.asarray(COCO18.sigmas)
BODY = np.random.default_rng(1).uniform(0, 1, (18, 2)) * (60, 180)


AT_ONCE = TrackerConfig(min_hits=1)


def person(x, y=0.0, joints=range(18), score=0.8):
    keypoints = missing_keypoints(18)
    keypoints[list(joints)] = np.c_[BODY + (x, y), np.ones(18)][list(joints)]
    return Pose(keypoints, score)


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
    tracker = Tracker(COCO18, AT_ONCE)
    assert ids(tracker.update([person(0), person(200)], 0.0)) == [0, 1]
    assert ids(tracker.update([person(204), person(5)], 0.1)) == [1, 0]


def test_an_id_survives_lost_frames_and_then_dies():
    tracker = Tracker(COCO18, TrackerConfig(max_lost=3, min_hits=1))
    tracker.update([person(0)], 0.0)
    for i in range(3):
        assert tracker.update([], 0.1 * (i + 1)) == []
    assert ids(tracker.update([person(2)], 0.4)) == [0]
    for i in range(4):
        tracker.update([], 0.5 + 0.1 * i)
    assert ids(tracker.update([person(2)], 1.0)) == [1]


def test_time_that_goes_back_resets():
    tracker = Tracker(COCO18, AT_ONCE)
    tracker.update([person(0), person(300)], 10.0)
    assert ids(tracker.update([person(300)], 2.0)) == [0]


def test_smoothing_reduces_noise_at_rest_and_follows_motion():
    rng = np.random.default_rng(0)
    tracker = Tracker(COCO18, AT_ONCE)
    still = [tracker.update([Pose(np.c_[BODY + rng.normal(0, 1, (18, 2)), np.ones(18)].astype(np.float32), 1.0)],
                            i / 30)[0].keypoints[:, :2] for i in range(150)]
    assert np.std(still[30:], axis=0).mean() < 0.5
    tracker.reset()
    for i in range(60):
        last = tracker.update([person(4.0 * i)], i / 30)[0]
    assert np.abs(last.keypoints[:, 0] - (BODY[:, 0] + 4.0 * 59)).max() < 8  # less than two frames behind


def test_missing_joints_stay_missing_and_come_back_unlagged():
    tracker = Tracker(COCO18, AT_ONCE)
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


def test_an_id_is_given_when_a_person_is_found_again():
    tracker = Tracker(COCO18)
    assert ids(tracker.update([person(0)], 0.0)) == [-1]
    assert ids(tracker.update([person(1)], 0.1)) == [0]
    assert ids(tracker.update([person(2), person(300)], 0.2)) == [0, -1]
    assert ids(tracker.update([person(3)], 0.3)) == [0]
    for i in range(4):
        tracker.update([], 0.4 + 0.1 * i)
    assert ids(tracker.update([person(300)], 0.9)) == [-1]  # a single sighting is soon forgotten


def test_a_fast_walker_keeps_the_id_behind_a_post():
    tracker = Tracker(COCO18)
    seen = set()
    for i in range(40):
        poses = [] if 15 <= i < 22 else [person(25.0 * i)]  # 40 % of the body's width a frame, unseen over 175 px
        seen |= {p.track_id for p in tracker.update(poses, 0.1 * i)}
    assert seen == {-1, 0}


@pytest.mark.parametrize("colours", [True, False])
def test_people_who_cross_keep_their_ids(colours):
    tracker = Tracker(COCO18)
    last = {}
    for i in range(41):
        a, b = person(10.0 * i, 2), person(400 - 10.0 * i)
        image = None
        if colours:
            image = np.zeros((200, 520, 3), np.uint8)
            for pose, colour in ((a, (200, 60, 40)), (b, (40, 60, 200))):
                x, y, w, h = (int(v) for v in pose.bbox)
                image[max(y, 0):y + h + 2, x:x + w + 2] = colour
        hidden = colours and 18 <= i <= 22  # only with colours it shows who came out on which side
        found = tracker.update([a] if hidden else [a, b], 0.1 * i, image)
        if not hidden:
            last = {"a": found[0].track_id, "b": found[1].track_id}
        if i == 5:
            first = dict(last)
    assert sorted(first.values()) == [0, 1]
    assert last == first


def test_a_part_of_a_person_does_not_take_the_id_of_one_seen_whole():
    tracker = Tracker(COCO18)
    for i in range(3):
        tracker.update([person(0)], 0.1 * i)
    leg = person(0, joints=(8, 9, 10), score=0.09)
    assert ids(tracker.update([leg, person(3)], 0.3)) == [-1, 0]
    assert ids(tracker.update([leg], 0.4)) == [0]  # nothing else of that person was found


def test_a_second_finding_of_the_same_person_starts_no_track():
    tracker = Tracker(COCO18)
    for i in range(8):
        found = ids(tracker.update([person(0), person(6, score=0.5)], 0.1 * i))
    assert found == [0, -1]


def test_region_colours_are_those_of_the_clothes():
    image = np.zeros((400, 300, 3), np.uint8)
    image[:200], image[200:] = (0, 0, 255), (128, 128, 128)
    pose = person(0)
    upright = pose.keypoints
    for name, xy in {"neck": (100, 60), "right_shoulder": (80, 60), "left_shoulder": (120, 60), "right_hip": (85, 180),
                     "left_hip": (115, 180), "right_knee": (85, 270), "left_knee": (115, 270), "right_ankle": (85, 370),
                     "left_ankle": (115, 370)}.items():
        upright[COCO18.index(name), :2] = xy
    jacket, trousers = region_colours(image, [pose], colour_regions(COCO18))[0]
    assert jacket == pytest.approx([53.2, 80.1, 67.2], abs=0.5)  # sRGB red in CIE Lab
    assert trousers == pytest.approx([53.6, 0, 0], abs=0.5)
    upright[[COCO18.index("left_knee"), COCO18.index("right_knee")]] = (np.nan, np.nan, 0)
    upright[COCO18.index("neck"), :2] = (100, -300)
    both = region_colours(image, [pose, person(1000)], colour_regions(COCO18))
    assert np.isfinite(both[0, 0]).all() and np.isnan(both[0, 1]).all() and np.isnan(both[1]).all()
    assert region_colours(image, [], colour_regions(COCO18)).shape == (0, 2, 3)

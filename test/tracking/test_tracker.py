import numpy as np
import pytest

from lightweight_openpose.poses.oks import oks
from lightweight_openpose.poses.pose import Pose, missing_keypoints
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.tracking.appearance import color_regions, region_colors
from lightweight_openpose.tracking.one_euro import OneEuro
from lightweight_openpose.tracking.tracker import Tracker, TrackerConfig
from people import person, standing

SIGMAS = np.asarray(COCO18.sigmas)
AT_ONCE = TrackerConfig(min_hits=1)


def ids(poses):
    return [p.track_id for p in poses]


def test_oks_has_known_values():
    a = person(0).keypoints
    assert oks(a, a, SIGMAS) == 1
    assert oks(a, person(500).keypoints, SIGMAS) < 1e-6
    nose = person(only=["nose"]).keypoints
    width, height = a[:, :2].max(0) - a[:, :2].min(0)
    moved = standing(nose=(103, 40))
    known = np.exp(-9 / (2 * width * height * (2 * SIGMAS[0]) ** 2))
    assert oks(moved, nose, SIGMAS) == pytest.approx(known, rel=1e-5)
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
    still = []
    for i in range(150):
        noisy = standing()
        noisy[:, :2] += rng.normal(0, 1, (18, 2))
        still += [pose.keypoints[:, :2] for pose in tracker.update([Pose(noisy, 1.0)], i / 30)]
    assert np.std(still[30:], axis=0).mean() < 0.5
    tracker.reset()
    for i in range(60):
        last = tracker.update([person(4.0 * i)], i / 30)[0]
    behind = standing(4.0 * 59)[:, 0] - last.keypoints[:, 0]
    assert np.abs(behind).max() < 8  # less than two frames


def test_missing_joints_stay_missing_and_come_back_unlagged():
    tracker = Tracker(COCO18, AT_ONCE)
    tracker.update([person(0)], 0.0)
    out = tracker.update([Pose(standing(1, right_wrist=None), 0.8)], 0.1)[0]
    assert np.isnan(out.keypoints[4, :2]).all() and out.keypoints[4, 2] == 0
    again = tracker.update([person(30)], 0.2)[0]
    assert again.keypoints[4, 0] == pytest.approx(standing(30)[4, 0], abs=1e-3)


def test_joints_follow_where_stamps_stand_still():
    f = OneEuro(1, 1.0, 0.0)
    f.add(1)
    for x in (0.0, 5.0, 10.0):
        assert f([0], np.array([[[x, 0.0]]]), 1.0, np.array([100])).tolist() == [[[x, 0.0]]]
    tracker = Tracker(COCO18, AT_ONCE)
    for i in range(30):
        (last,) = tracker.update([person(4.0 * i)], 0.0)
    assert last.track_id == 0
    assert last.keypoints[0, 0] == pytest.approx(standing(4.0 * 29)[0, 0])


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
        # 46 % of the body's width a frame, unseen over 175 px.
        poses = [] if 15 <= i < 22 else [person(25.0 * i)]
        seen |= {p.track_id for p in tracker.update(poses, 0.1 * i)}
    assert seen == {-1, 0}


@pytest.mark.parametrize("colors, reduction", [(True, 1), (True, 4), (False, 1)])
def test_people_who_cross_keep_their_ids(colors, reduction):
    tracker = Tracker(COCO18)
    last = {}
    for i in range(41):
        a = person(10.0 * i, 2)
        b = person(400 - 10.0 * i)
        image = None
        if colors:
            image = np.zeros((240, 560, 3), np.uint8)
            for pose, color in ((a, (200, 60, 40)), (b, (40, 60, 200))):
                x, y, w, h = (int(v) for v in pose.bbox)
                image[y : y + h + 2, x : x + w + 2] = color
            image = image[::reduction, ::reduction]
        hidden = colors and 18 <= i <= 22  # only with colours it shows who came out on which side
        found = tracker.update([a] if hidden else [a, b], 0.1 * i, image, reduction)
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
    leg = person(0, score=0.09, only=["right_hip", "right_knee", "right_ankle"])
    assert ids(tracker.update([leg, person(3)], 0.3)) == [-1, 0]
    assert ids(tracker.update([leg], 0.4)) == [0]  # nothing else of that person was found


def test_a_second_finding_of_the_same_person_starts_no_track():
    tracker = Tracker(COCO18)
    for i in range(8):
        found = ids(tracker.update([person(0), person(6, score=0.5)], 0.1 * i))
    assert found == [0, -1]


def test_region_colors_are_those_of_the_clothes():
    image = np.zeros((300, 300, 3), np.uint8)
    image[:125] = (0, 0, 255)  # above the hips
    image[125:] = (128, 128, 128)
    jacket, trousers = region_colors(image, standing()[None, :, :2], color_regions(COCO18))[0]
    assert jacket == pytest.approx([53.2, 80.1, 67.2], abs=0.5)  # sRGB red in CIE Lab
    assert trousers == pytest.approx([53.6, 0, 0], abs=0.5)


def test_regions_that_are_not_in_the_image_have_no_color():
    image = np.zeros((300, 300, 3), np.uint8)
    part = standing(neck=(100, -300), left_knee=None, right_knee=None)
    people = np.stack([part, standing(1000)])[:, :, :2]
    colors = region_colors(image, people, color_regions(COCO18))
    assert np.isfinite(colors[0, 0]).all()
    assert np.isnan(colors[0, 1]).all() and np.isnan(colors[1]).all()
    assert region_colors(image, people[:0], color_regions(COCO18)).shape == (0, 2, 3)

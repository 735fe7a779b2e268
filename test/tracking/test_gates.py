"""How far a person may move, and how much grow, depends on the time between the frames."""

import numpy as np
import pytest

from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.tracking.tracker import Tracker, TrackerConfig
from lightweight_openpose.tracking.tracks import Tracks
from people import person, standing

RED, BLUE = (40, 40, 200), (200, 60, 40)


def ids(poses):
    return [p.track_id for p in poses]


def followed(rate, frames=5, poses=None, tracker=None):
    """A tracker that has seen somebody at rest in so many frames; the time of the next one [s]."""
    tracker = tracker or Tracker(COCO18)
    for i in range(frames):
        tracker.update(poses or [person()], i / rate)
    return tracker, frames / rate


def found_after(rate, gap, poses, **config):
    """The ids of poses in two frames, after so many frames without anybody."""
    tracker, stamp = followed(rate, tracker=Tracker(COCO18, TrackerConfig(**config)))
    for i in range(gap):
        tracker.update([], stamp + i / rate)
    tracker.update(poses, stamp + gap / rate)
    return ids(tracker.update(poses, stamp + (gap + 1) / rate))


@pytest.mark.parametrize("rate, expected", [(50, 1), (5, 0)])
def test_nobody_moves_a_body_length_in_less_time_than_it_takes(rate, expected):
    assert found_after(rate, 5, [person(150)]) == [expected]


@pytest.mark.parametrize("rate", [10, 25, 50])
def test_nobody_moves_two_body_lengths_between_two_frames(rate):
    assert found_after(rate, 0, [person(329)]) == [1]


@pytest.mark.parametrize("rate", [10, 25, 50])
def test_nobody_doubles_their_size_between_two_frames(rate):
    large = standing(size=2.0)
    large[:, :2] += standing()[:, :2].mean(0) - large[:, :2].mean(0)
    assert found_after(rate, 0, [Pose(large, 0.8)]) == [1]


@pytest.mark.parametrize("rate", [10, 25, 50])
def test_a_leg_that_jumps_to_somebody_else_takes_no_id_away(rate):
    """Knee and ankle are found two body lengths away, on another colour, in every other frame."""
    tall = np.ptp(person().keypoints[:, 1])
    leg = [
        COCO18.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("knee", "ankle")
    ]
    picture = np.full((480, 900, 3), RED, np.uint8)
    picture[:, int(person().keypoints[:, 0].max() + tall / 2) :] = BLUE
    tracker = Tracker(COCO18)
    found = []
    for i in range(25):
        pose = person()
        pose.keypoints[leg, 0] += 2 * tall * (i % 2) * (i > 4)
        found += ids(tracker.update([pose], i / rate, picture))
    assert set(found[1:]) == {0}


@pytest.mark.parametrize("rate", [10, 25, 50])
def test_what_is_hardly_a_person_continues_nobody_who_was_unseen_for_long(rate):
    assert found_after(rate, rate, [person(5, score=0.08)]) == [-1]
    assert found_after(rate, 0, [person(5, score=0.08)]) == [0]


@pytest.mark.parametrize("rate", [10, 25, 50])
def test_an_id_lives_as_long_at_every_rate(rate):
    assert found_after(rate, int(2.8 * rate), [person(5)]) == [0]
    assert found_after(rate, int(3.2 * rate), [person(5)]) == [1]
    assert found_after(rate, int(1.2 * rate), [person(5)], max_lost=10) == [1]


@pytest.mark.parametrize("gap", [1.0, 2.0])
@pytest.mark.parametrize("color, expected", [(RED, 0), (BLUE, 1)])
def test_who_is_found_again_wears_the_same_clothes(gap, color, expected):
    tracker = Tracker(COCO18)

    def picture(color):
        image = np.random.default_rng(0).integers(0, 99, (300, 300, 3)).astype(np.uint8)
        image[30:220, 70:130] = color
        return image

    for i in range(5):
        tracker.update([person()], i / 25, picture(RED))
    for i in range(2):
        found = tracker.update([person(3)], 0.2 + gap + i / 25, picture(color))
    assert ids(found) == [expected]


@pytest.mark.parametrize("rate", [10, 25, 50])
def test_noise_does_not_carry_away_who_is_hidden(rate):
    """Where somebody at rest is expected while unseen, the jitter of the network moves little."""
    rng = np.random.default_rng(0)
    tracks = Tracks(len(COCO18.keypoints), 2)
    no_colors = np.full((1, 2, 3), np.nan)
    area = np.array([person().area])
    tracks.add(standing(), area[0], 0.0, no_colors[0])
    for i in range(1, 2 * rate):
        seen = standing(rng.normal(0, 2))[None]
        tracks.absorb(np.array([0]), seen, area, i / rate, no_colors)
    expected = tracks.predict(3.0)[0]
    assert abs(expected[0, 0] - standing()[0, 0]) < 20


@pytest.mark.parametrize("rate", [10, 25, 50])
@pytest.mark.parametrize("score, gap, expected", [(0.11, 0.5, -1), (0.12, 0.5, 0), (0.11, 0.1, 0)])
def test_who_is_found_again_after_a_while_is_surer_than_a_post(rate, score, gap, expected):
    """The first pose: a lamp post near by is as likely a person as the faintest people."""
    tracker, stamp = followed(rate)
    for i in range(int(gap * rate)):
        tracker.update([], stamp + i / rate)
    assert ids(tracker.update([person(5, score=score)], stamp + gap)) == [expected]


@pytest.mark.parametrize("scores, expected", [((0.11, 0.08), -1), ((0.11, 0.11), 0)])
def test_an_id_is_given_to_who_is_found_well_twice(scores, expected):
    tracker = Tracker(COCO18)
    for i, score in enumerate(scores):
        found = tracker.update([person(score=score)], i / 25)
    assert ids(found) == [expected]

"""Hands and faces over frames: still ones do not jitter, moving ones do not lag."""

from dataclasses import replace

import numpy as np
import pytest

from lightweight_openpose.poses.pose import GROUPS, Pose, missing_keypoints
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.tracking.tracker import Tracker, TrackerConfig
from people import person

FACE = find_skeleton("face_32")
POINTS = np.array([p for p in FACE.points if p is not None])  # (23, 3) m
RIGID = [i for i, p in enumerate(FACE.points) if p is not None]
TIP = FACE.index("nose_tip")
PIXELS = 700.0  # px per metre: a face of 100 px
RATE = 30.0  # frames per second
NAMES = pytest.mark.parametrize("name", list(GROUPS))


def face(yaw=0.0, at=(300.0, 60.0)):
    """(32, 3) landmarks of a face that turns to its own left by yaw [rad], seen from far away."""
    x, y, z = POINTS.T
    keypoints = missing_keypoints(32)
    keypoints[RIGID, 0] = at[0] + PIXELS * (y * np.cos(yaw) + x * np.sin(yaw))
    keypoints[RIGID, 1] = at[1] - PIXELS * z
    keypoints[RIGID, 2] = 0.9
    return keypoints


def group(name, x=0.0):
    keypoints = missing_keypoints(GROUPS[name])
    keypoints[:4] = [(x, 0, 0.9), (x + 100, 0, 0.9), (x, 100, 0.9), (x + 100, 100, 0.9)]
    return keypoints


def followed(tracker, *groups, name="face"):
    """The group of one person in each frame, None where it is None."""
    answers = []
    for i, keypoints in enumerate(groups):
        pose = replace(person(), **{name: keypoints})
        answers += [getattr(p, name) for p in tracker.update([pose], i / RATE)]
    return answers


@pytest.fixture
def tracker():
    return Tracker(COCO18, TrackerConfig(min_hits=1))


@NAMES
def test_what_is_still_jitters_less_than_half_as_much(tracker, name):
    rng = np.random.default_rng(0)
    noisy = [group(name) for _ in range(150)]
    for keypoints in noisy:
        keypoints[:4, :2] += rng.normal(0, 1, (4, 2))  # a hundredth of its size
    smooth = np.array(followed(tracker, *noisy, name=name))[30:, :4, :2]
    assert np.std(smooth, axis=0).mean() < 0.5
    np.testing.assert_allclose(smooth.mean(0), group(name)[:4, :2], atol=0.3)


def test_a_face_that_turns_by_90_degrees_a_second_is_shown_less_than_3_degrees_late(tracker):
    yaws = np.radians(np.arange(-45, 46, 90 / RATE))
    faces = followed(tracker, *map(face, yaws))
    wide = np.array([f[TIP, 0] - f[RIGID, 0].mean() for f in map(face, yaws)])
    shown = np.array([f[TIP, 0] - f[RIGID, 0].mean() for f in faces])
    late = np.degrees(yaws - np.interp(shown, wide, yaws))
    assert np.abs(late[5:]).max() < 3


@NAMES
def test_what_moves_with_its_person_is_less_than_two_frames_late(tracker, name):
    shown = followed(tracker, *(group(name, 8.0 * i) for i in range(40)), name=name)
    assert abs(shown[-1][0, 0] - 8.0 * 39) < 16


@NAMES
def test_what_was_not_found_is_none_and_comes_back_where_it_is(tracker, name):
    shown = followed(tracker, group(name), None, group(name, 20.0), name=name)
    assert shown[1] is None
    np.testing.assert_array_equal(shown[2], group(name, 20.0))


def test_one_without_beside_one_with_a_face(tracker):
    for i, x in enumerate((0.0, 3.0)):
        with_face = replace(person(0), face=group("face", x))
        one, other = tracker.update([with_face, person(300)], i / RATE)
        assert other.face is None and one.face.dtype == np.float32
    assert 0 < one.face[0, 0] < 3
    assert np.isnan(one.face[4:, :2]).all() and not one.face[4:, 2].any()


def test_the_memory_of_a_face_goes_with_its_track():
    tracker = Tracker(COCO18, TrackerConfig(min_hits=1, max_lost=0))
    people = [replace(person(x), face=group("face", x)) for x in (0.0, 300.0)]
    tracker.update(people, 0.0)
    for i in (1, 2):  # the first leaves
        tracker.update([people[1]], i / RATE)
    moved = [replace(person(x), face=group("face", x + 3)) for x in (300.0, 0.0)]
    stays, new = tracker.update(moved, 3 / RATE)
    assert (stays.track_id, new.track_id) == (1, 2)
    assert 300 < stays.face[0, 0] < 303 and new.face[0, 0] == 3


def test_people_without_an_id_or_a_filter_keep_their_faces_as_found():
    pose = Pose(person().keypoints, 0.9, face=group("face"))
    moved = replace(pose, face=group("face", 3.0))
    for config in (TrackerConfig(min_hits=9), TrackerConfig(min_hits=1, smoothing=False)):
        tracker = Tracker(COCO18, config)
        tracker.update([pose], 0.0)
        (answer,) = tracker.update([moved], 0.1)
        np.testing.assert_array_equal(answer.face, moved.face)

"""Heads of tracked people, frame after frame."""

import numpy as np
import pytest

from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.head_solver import HeadSolver
from lightweight_openpose.geometry.head_tracker import HeadTracker
from lightweight_openpose.poses import COCO18, Pose, find_skeleton
from lightweight_openpose.poses.pose import missing_keypoints
from people import face, placed, seen

CAMERA = Camera.assumed_for(640, 480, np.radians(60))
PLACE = (0.1, -0.05, 1.5)
ANGLES = (20, 5, 3)


def pose(track_id, angles=ANGLES, noise=0, landmarks=False):
    """A head with these angles [deg], noise: (5, 2) [px]; landmarks: with its face, too."""
    group = None
    if landmarks:
        points = find_skeleton("face_32").points
        group = missing_keypoints(32)
        known = [i for i, point in enumerate(points) if point is not None]
        group[known] = seen(placed([points[i] for i in known], angles, PLACE), CAMERA)
    return Pose(face(angles, PLACE, CAMERA, noise=noise), 0.9, track_id, face=group)


def yaw(answer):
    return np.degrees(answer[0].yaw)


def noisy_yaws(track_id, **options):
    rng = np.random.default_rng(0)
    tracker = HeadTracker(COCO18, **options)
    return [
        yaw(tracker.update([pose(track_id, noise=rng.normal(0, 1, (5, 2)))], CAMERA, i / 25)[0])
        for i in range(100)
    ]


def alone(each):
    return yaw(HeadSolver(COCO18).solve(each, CAMERA))


def test_heads_of_an_id_are_steadier_than_each_by_itself():
    smooth, plain = noisy_yaws(3), noisy_yaws(3, smoothing=False)
    assert np.std(np.diff(smooth[25:])) < 0.4 * np.std(np.diff(plain[25:]))
    assert np.mean(smooth) == pytest.approx(np.mean(plain), abs=0.5)


def test_heads_without_an_id_are_solved_for_by_themselves():
    assert noisy_yaws(-1) == noisy_yaws(-1, smoothing=False)


def test_the_guess_of_the_next_solution_is_the_last_one_unfiltered(monkeypatch):
    guesses = []
    solve = HeadSolver.solve

    def noted(self, pose, camera, previous=None, network=""):
        guesses.append(previous)
        return solve(self, pose, camera, previous, network)

    monkeypatch.setattr(HeadSolver, "solve", noted)
    tracker = HeadTracker(COCO18)
    for i, turned in enumerate((0, 8, 3)):
        answer = tracker.update([pose(3, (turned, 0, 0))], CAMERA, i / 25)
    assert guesses[0] is None
    assert [np.degrees(g.yaw) for g in guesses[1:]] == pytest.approx([0, 8], abs=0.6)
    assert abs(yaw(answer[0]) - 3) > 0.3, "the answer itself is filtered"


def test_each_id_has_a_filter_of_its_own():
    tracker = HeadTracker(COCO18)
    for i in range(30):
        answers = tracker.update([pose(3, (40, 0, 0)), pose(7, (-40, 0, 0))], CAMERA, i / 25)
    assert [yaw(a) for a in answers] == pytest.approx([40, -40], abs=1)


@pytest.mark.parametrize("stamp", [0.0, 9.0])
def test_an_id_is_forgotten_after_a_while_and_when_time_goes_back(stamp):
    tracker = HeadTracker(COCO18)
    fewer = Pose(face(ANGLES, PLACE, CAMERA, ("left_ear", "right_ear")), 0.9, 3)
    for i in range(20):
        tracker.update([pose(3, (15, 5, 3))], CAMERA, 5 + i / 25)
    assert tracker.update([fewer], CAMERA, 5.8)[0][0] is not None, "three joints and a guess"
    head, reason = tracker.update([fewer], CAMERA, stamp)[0]
    assert head is None and reason == "3 joints of the head found, 4 needed"
    assert yaw(tracker.update([pose(3)], CAMERA, stamp)[0]) == pytest.approx(alone(pose(3)))


def test_a_face_counts_before_the_joints():
    wrong = pose(3, landmarks=True)
    wrong.keypoints[:, :2] += np.random.default_rng(0).normal(0, 3, (18, 2))
    head, _ = HeadTracker(COCO18).update([wrong], CAMERA, 0.0)[0]
    assert head.num_keypoints > 20
    assert np.degrees([head.yaw, head.pitch, head.roll]) == pytest.approx(ANGLES, abs=0.3)


def test_the_network_chooses_the_model_of_the_head(monkeypatch):
    asked = []
    tracker = HeadTracker(COCO18)
    monkeypatch.setattr(
        tracker._solver, "solve", lambda *given: asked.append(given[3]) or (None, "no")
    )
    assert tracker.update([pose(3)], CAMERA, 0.0, "own") == [(None, "no")]
    assert asked == ["own"]


def test_objects_are_followed_as_they_are_measured():
    submarine = find_skeleton("submarine")
    tracker = HeadTracker(submarine)
    for i, turned in enumerate((0, 10, -10)):
        points = seen(placed(submarine.points, (turned, 0, 0), (0, 0, 3)), CAMERA)
        answers = tracker.update([Pose(points, 0.9, 3)], CAMERA, i / 25)
        assert yaw(answers[0]) == pytest.approx(turned, abs=0.5)


def test_a_skeleton_with_neither_head_nor_points_is_refused():
    with pytest.raises(ValueError, match="skeleton hand_21 has neither nose"):
        HeadTracker(find_skeleton("hand_21"))

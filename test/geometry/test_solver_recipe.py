"""The recipe for a solver in doc/development.md: one entry, and heads are followed with memory."""

from dataclasses import replace

import numpy as np
import pytest

from lightweight_openpose.geometry import head_solver
from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.head_tracker import HeadTracker
from lightweight_openpose.geometry.orientation import Orientation, rotation_from_angles
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import Skeleton

CAMERA = Camera.assumed_for(640, 480, np.radians(60))
ARROW = Skeleton("arrow", ("tail", "tip"), ((0, 1),), (0.1, 0.1))
LENGTH = 0.5  # m


class ArrowSolver:
    """An arrow that lies across the view: its roll is that of the line from tail to tip."""

    def __init__(self):
        self.previous = []

    def solve(self, pose, camera, previous=None, network=""):
        self.previous.append(previous)
        tail, tip = pose.keypoints[:, :2]
        if not np.isfinite(tail + tip).all():
            return None, "an end of the arrow is missing"
        across, down = tip - tail
        distance = camera.matrix[0, 0] * LENGTH / np.hypot(across, down)
        x, y = camera.rays(((tail + tip) / 2)[None])[0]
        place = distance * np.array([x, y, 1.0])
        turn = rotation_from_angles(0, 0, np.arctan2(down, across), place)
        return replace(Orientation.of(turn, place, 0.0, 2), angle_stddev=(0.15,) * 3), ""


@pytest.fixture()
def solver(monkeypatch):
    made = ArrowSolver()

    def for_arrows(skeleton, min_score):
        return made if skeleton.name == "arrow" else None

    monkeypatch.setattr(head_solver, "SOLVERS", [*head_solver.SOLVERS, for_arrows])
    return made


def arrow(roll, track_id=7):
    """An arrow of 100 px in the middle of the image at this roll [rad]."""
    half = 50 * np.array([np.cos(roll), np.sin(roll)])
    middle = np.array([319.5, 239.5])
    ends = np.stack([middle - half, middle + half])
    return Pose(np.column_stack([ends, [1, 1]]), 1.0, track_id)


def test_its_solutions_are_followed(solver):
    tracker = HeadTracker(ARROW)
    rng = np.random.default_rng(0)
    rolls = [0.3 + rng.normal(0, 0.05) for _ in range(60)]
    heads = [tracker.update([arrow(roll)], CAMERA, i / 20)[0][0] for i, roll in enumerate(rolls)]
    assert solver.previous[0] is None
    assert all(previous is not None for previous in solver.previous[1:])
    assert heads[0].translation == pytest.approx((0, 0, CAMERA.matrix[0, 0] * LENGTH / 100))
    steps = np.std(np.diff([head.roll for head in heads[20:]]))
    assert steps < 0.5 * np.std(np.diff(rolls[20:]))
    assert np.mean([head.roll for head in heads[20:]]) == pytest.approx(0.3, abs=0.02)


def test_who_was_not_seen_for_long_is_forgotten(solver):
    tracker = HeadTracker(ARROW)
    for stamp in (0.0, 5.0, 4.0):
        tracker.update([arrow(0.3)], CAMERA, stamp)
    assert solver.previous == [None, None, None]
    missing = arrow(0.3)
    missing.keypoints[1] = np.nan
    assert tracker.update([missing], CAMERA, 5.0) == [(None, "an end of the arrow is missing")]


def test_without_the_entry_there_is_none():
    with pytest.raises(ValueError, match="skeleton arrow has neither nose"):
        HeadTracker(ARROW)

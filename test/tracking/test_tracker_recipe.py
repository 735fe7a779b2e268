"""The recipe for a tracker in doc/development.md: one entry, and commands and nodes take its name."""

import importlib.util
from dataclasses import replace

import numpy as np
import pytest

from lightweight_openpose.cli import bag, options, video
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.ros.settings import pose_estimator
from lightweight_openpose.tracking.choice import TRACKERS, make_tracker
from lightweight_openpose.tracking.tracker import MatchingConfig, Tracker, TrackerConfig
from people import person


class Nearest:
    """Each person gets the id of the nearest one of the frame before."""

    def __init__(self, skeleton, config):
        self.config = config
        self.reset()

    def reset(self):
        self._places, self._next, self._stamp = {}, 0, float("-inf")

    def update(self, poses, stamp, image=None, reduction=1, complete=None):
        if stamp < self._stamp:
            self.reset()
        self._stamp = stamp
        answers = []
        for pose in poses:
            place = pose.keypoints[pose.keypoints[:, 2] > 0, :2].mean(0)
            known = {i: np.linalg.norm(place - at) for i, at in self._places.items()}
            track_id = min(known, key=known.get, default=self._next)
            if track_id == self._next or known[track_id] > 50:
                track_id, self._next = self._next, self._next + 1
            self._places[track_id] = place
            answers.append(replace(pose, track_id=track_id))
        return answers if complete is None else complete(answers, [])


@pytest.fixture()
def nearest(monkeypatch):
    monkeypatch.setitem(TRACKERS, "nearest", Nearest)


def ids(tracker, *frames):
    return [[p.track_id for p in tracker.update(f, i / 10)] for i, f in enumerate(frames)]


def test_it_is_made_by_its_name(nearest):
    tracker = make_tracker("nearest", COCO18, TrackerConfig(max_lost=5))
    assert tracker.config.max_lost == 5
    frames = [person()], [person(10)], [person(12), person(400)]
    assert ids(tracker, *frames) == [[0], [0], [0, 1]]
    assert tracker.update([person()], 0.0)[0].track_id == 0


@pytest.mark.parametrize("command", [video, bag])
def test_commands_take_its_name(nearest, command, monkeypatch):
    import argparse

    # The settings are made on import, before this test.
    afresh = importlib.util.module_from_spec(pose_estimator.__spec__)
    afresh.__spec__.loader.exec_module(afresh)
    monkeypatch.setattr(options, "PoseEstimatorSettings", afresh.PoseEstimatorSettings)
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    assert parser.parse_args(["x", "--tracker", "nearest"]).tracker == "nearest"
    assert parser.parse_args(["x"]).tracker == "oks"


def test_the_default_is_as_ever_and_a_wrong_name_is_an_error():
    assert type(make_tracker("oks", COCO18)) is Tracker
    with pytest.raises(ValueError, match="unknown tracker 'nearest'; known: oks$"):
        make_tracker("nearest", COCO18)


def test_the_constants_of_the_own_tracker_are_settings():
    late = MatchingConfig(tentative_lost=0, frame_time=0.0)
    frames = [person()], [], [person()], [person()]
    assert ids(Tracker(COCO18), *frames)[-1] == [0]
    assert ids(Tracker(COCO18, TrackerConfig(), late), *frames)[-2:] == [[-1], [0]]

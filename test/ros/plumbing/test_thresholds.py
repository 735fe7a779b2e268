"""Thresholds that change while the node runs stay what they were where nonsense is asked for."""

import math
from dataclasses import asdict, replace

import pytest

pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
from lightweight_openpose.estimation.decoding import DecoderConfig
from lightweight_openpose.ros.nodes.pose_estimator import PoseEstimatorNode, keep_thresholds

BEFORE = DecoderConfig(max_people=7, min_score=0.0, limb_support=0.5)


@pytest.mark.parametrize(
    "name, value, words",
    [
        ("max_people", 5.0, "max_people stays 7: 5.0 is not a whole number"),
        ("max_people", 5.5, "max_people stays 7: 5.5 is not a whole number"),
        ("max_people", math.nan, "max_people stays 7: nan is not a whole number"),
        ("max_people", True, "max_people stays 7: True is not a whole number"),
        ("min_keypoints", 3.0, "min_keypoints stays 3: 3.0 is not a whole number"),
        ("min_score", math.nan, "min_score stays 0.0: nan is not a number"),
        ("limb_support", math.inf, "limb_support stays 0.5: inf is not a number"),
        ("keypoint_threshold", "0.2", "keypoint_threshold stays 0.1: '0.2' is not a number"),
    ],
)
def test_what_is_no_number_of_its_kind_keeps_the_value_before(name, value, words):
    config = {**asdict(BEFORE), name: value, "limb_threshold": 0.2}
    assert keep_thresholds(config, BEFORE) == [words]
    assert config == {**asdict(BEFORE), "limb_threshold": 0.2}


def test_whole_numbers_are_taken_for_others_too():
    config = {**asdict(BEFORE), "min_score": 1, "max_people": 3}
    assert keep_thresholds(config, BEFORE) == [] and config["min_score"] == 1


class Estimator:
    config = DecoderConfig(min_score=0.12)


def test_the_score_of_the_model_stands_behind_0_also_after_nonsense():
    node = PoseEstimatorNode.__new__(PoseEstimatorNode)
    node._estimator, node._model_min_score, node._thresholds = Estimator(), 0.12, BEFORE
    for value, told, used in (
        (0.0, 0.0, 0.12),
        (math.nan, 0.0, 0.12),
        (0.3, 0.3, 0.3),
        (math.nan, 0.3, 0.3),
    ):
        answer = node._on_config({**asdict(BEFORE), "min_score": value}, 0)
        assert answer["min_score"] == told
        assert node._estimator.config == replace(BEFORE, min_score=used)

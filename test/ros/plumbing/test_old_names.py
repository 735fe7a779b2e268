"""The node takes parameters of old names, and thresholds of old names while it runs; needs ROS."""

import math
from dataclasses import asdict

import pytest

rospy = pytest.importorskip("rospy")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
from lightweight_openpose.estimation.decoding import DecoderConfig
from lightweight_openpose.ros.nodes.pose_estimator import PoseEstimatorSettings, take_old_names
from lightweight_openpose.ros.plumbing import param_names

OLD, NEW = "continued_threshold", "low_keypoint_threshold"


@pytest.mark.parametrize("given", [{OLD: 0.02}, {OLD: 0.02, NEW: 0.04}])
def test_a_parameter_of_an_old_name_is_that_of_today_and_a_warning(monkeypatch, given):
    server, warned = dict(given), []
    monkeypatch.setattr(rospy, "get_name", lambda: "/pose_estimator")
    monkeypatch.setattr(rospy, "get_param", lambda name, default: dict(server))
    monkeypatch.setattr(rospy, "set_param", lambda name, value: server.update({name[1:]: value}))
    monkeypatch.setattr(rospy, "delete_param", lambda name: server.pop(name[1:]))
    monkeypatch.setattr(rospy, "logwarn", lambda text, *words: warned.append(text % words))
    param_names.check_names(PoseEstimatorSettings)
    assert server == {NEW: 0.02}
    assert warned == [f"/pose_estimator: ~{OLD} is now ~{NEW}; the old name is gone in version 2"]


@pytest.mark.parametrize("asked, taken", [(0.02, 0.02), (5, 0.9), (-1.0, 0.01)])
def test_a_threshold_of_an_old_name_counts_within_its_range(asked, taken):
    config = {**asdict(DecoderConfig()), OLD: asked}
    take_old_names(config)
    assert config == {**asdict(DecoderConfig()), NEW: taken}


def test_what_is_no_number_is_left_to_the_check_of_numbers():
    config = {**asdict(DecoderConfig()), OLD: math.nan}
    take_old_names(config)
    assert math.isnan(config[NEW]) and OLD not in config

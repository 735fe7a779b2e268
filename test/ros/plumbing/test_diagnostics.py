"""What a node says of the frames that it cannot use; needs ROS."""

from dataclasses import replace

import pytest

rospy = pytest.importorskip("rospy", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
from lightweight_openpose.msg import HeadOrientationArray, HumanPose3DArray, HumanPoseArray

from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.ros.messages.validation import BadMessage
from lightweight_openpose.ros.plumbing import diagnostics
from lightweight_openpose.ros.plumbing.diagnostics import Rate, StreamHealth
from lightweight_openpose.ros.plumbing.guard import guarded
from lightweight_openpose.ros.plumbing.reasons import kind_of, reason_of


@pytest.mark.parametrize("kind", [HumanPoseArray, HumanPose3DArray])
def test_poses_of_another_skeleton_are_counted_and_named(monkeypatch, kind):
    said = []
    monkeypatch.setattr(rospy, "logerr", lambda text, *words: said.append(text % words))
    health = StreamHealth()
    accepted = []
    size = {"height": 1, "width": 1} if kind is HumanPoseArray else {}
    guarded(health, accepted.append, COCO18)(kind(skeleton="coco18", **size))
    assert (health.bad, said, len(accepted)) == (0, [], 1)
    guarded(health, accepted.append, COCO18)(kind(skeleton="submarine", **size))
    drone = replace(COCO18, name="drone")
    guarded(health, accepted.append, drone)(kind(skeleton="coco18", **size))
    assert health.bad == 2 and len(said) == 2 and len(accepted) == 1
    assert "poses of skeleton submarine, but this node works on coco18" in said[0]
    assert "(2 so far): poses of skeleton coco18, but this node works on drone" in said[1]


def test_a_kind_of_fault_is_said_once_but_each_counted(monkeypatch):
    said = []
    monkeypatch.setattr(rospy, "logerr", lambda text, *words: said.append(text % words))
    health = StreamHealth()
    for count in range(100):
        health.fail(BadMessage(f"person 0 has {count} keypoints"))
        health.fail(BadMessage(f"head at {count}.5, -3e9"))
    assert health.bad == 200 and len(said) == 2
    assert "(1 so far): person 0 has 0 keypoints" in said[0] and "head at 0.5" in said[1]
    for number in range(1000):  # a sender who invents new ones
        health.fail(BadMessage("x" * number))
    assert health.bad == 1200 and len(said) <= 20


def test_a_rate_is_right_within_the_first_second_and_follows_what_stops(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(diagnostics.time, "monotonic", lambda: now[0])
    rate = Rate(window=3.0)
    assert rate() == 0
    rate.tick()
    assert rate() == 0  # one event is no rate yet
    for count in range(1, 60):
        now[0] = 100 + count / 15
        rate.tick()
        assert rate() == pytest.approx(15, abs=0.5)
    now[0] += 1.5
    assert rate() == pytest.approx(7.5, abs=0.5)
    now[0] += 10
    assert rate() == 0
    rate.tick()
    assert rate() == pytest.approx(1 / 3)


def test_what_was_not_expected_is_named_with_its_place():
    health = StreamHealth()
    guarded(health, lambda msg: 1 / 0)(HeadOrientationArray())
    assert health.last_error.startswith("ZeroDivisionError in test_diagnostics.py:")
    assert "on HeadOrientationArray: division by zero" in health.last_error


@pytest.mark.parametrize("error, said", [
    (BadMessage("encoding 'a\nb\tc'"), "encoding 'a b c'"),
    (ValueError("never raised"), "ValueError on a frame: never raised"),
    (BadMessage("x" * 5000), "x" * 300),
])
def test_a_reason_is_one_line_of_bounded_length(error, said):
    assert reason_of(error) == said


def test_a_status_has_what_else_a_node_counts(monkeypatch):
    from diagnostic_updater import DiagnosticStatusWrapper
    fills = []
    monkeypatch.setattr(diagnostics, "publish_diagnostics", lambda name, fill: fills.append(fill))
    counts = {}
    diagnostics.report("heads", StreamHealth(), lambda: True, counts.copy)
    counts[kind_of("the head is smaller than 8 px")] = 3
    values = {value.key: value.value for value in fills[0](DiagnosticStatusWrapper()).values}
    assert values["the head is smaller than # px"] == "3" and values["bad frames"] == "0"


def test_kinds_of_reasons_differ_by_words_alone():
    assert kind_of("3 joints found, 4 needed") == kind_of("0 joints found, 4 needed")
    assert kind_of("error -1.5e-3 px") != kind_of("error -1.5e-3 m")

"""Rate and stamps of a topic as diagnostics; needs ROS."""

import pytest

rospy = pytest.importorskip("rospy", reason="ROS is not sourced")
pytest.importorskip("diagnostic_updater")
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_updater import DiagnosticStatusWrapper

from lightweight_openpose.ros.plumbing.topic_status import TopicStatus


@pytest.fixture
def clock(monkeypatch):
    now = [rospy.Time(1000)]
    monkeypatch.setattr(rospy.Time, "now", lambda: now[0])

    def go_on(seconds):
        now[0] += rospy.Duration(seconds)

    return go_on


def run(status):
    told = DiagnosticStatusWrapper()
    status.run(told)
    return told.level, told.message, {v.key: v.value for v in told.values}


def test_images_at_a_rate_with_their_stamps_are_well(clock):
    status = TopicStatus("images", lambda: True)
    for _ in range(20):
        clock(0.1)
        status.tick(rospy.Time.now() - rospy.Duration(0.02))
    level, _, values = run(status)
    assert level == DiagnosticStatus.OK
    assert float(values["Actual frequency (Hz)"]) == pytest.approx(10)
    assert float(values["Latest timestamp delay:"]) == pytest.approx(0.02)


@pytest.mark.parametrize("stamp, said", [(4600, "too far in future"), (900, "too far in past")])
def test_stamps_of_another_time_are_an_error(clock, stamp, said):
    status = TopicStatus("images", lambda: True)
    clock(1)
    status.tick(rospy.Time(stamp))
    level, message, _ = run(status)
    assert level == DiagnosticStatus.ERROR and said in message


def test_nothing_is_wrong_while_nobody_subscribes_and_when_time_stands_still(clock):
    assert run(TopicStatus("images", lambda: False))[:2] == (0, "idle: nobody subscribes")
    status = TopicStatus("images", lambda: True)
    status.tick(rospy.Time.now())
    level, message, _ = run(status)
    assert level == DiagnosticStatus.OK and "stood still" in message
    clock(1)
    assert run(status)[0] == DiagnosticStatus.ERROR  # images are wanted, and none comes

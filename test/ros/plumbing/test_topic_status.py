"""Rate and stamps of a topic as diagnostics; needs ROS."""

import pytest

rospy = pytest.importorskip("rospy", reason="ROS is not sourced")
pytest.importorskip("diagnostic_updater")
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_updater import DiagnosticStatusWrapper

from lightweight_openpose.ros.plumbing.footage import waits_for_answers
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


@pytest.mark.parametrize("ages", [(60.0,), (60.0, 61.0, 62.0), ()])
def test_stamps_of_a_file_that_waits_for_answers_may_lie_in_the_past(clock, ages):
    """On a machine that answers a frame in more than a second none came since the last report."""
    status = TopicStatus("images", lambda: True, of_footage=lambda: True)
    clock(1)
    status.tick(rospy.Time.now())
    run(status)
    clock(1)
    for age in ages:
        status.tick(rospy.Time.now() - rospy.Duration(age))
    level, message, _ = run(status)
    assert level == DiagnosticStatus.OK and "a file that waits for answers" in message


@pytest.mark.parametrize("stamp", [1010, 0])
def test_a_file_may_not_send_stamps_of_the_future_or_none(clock, stamp):
    status = TopicStatus("images", lambda: True, of_footage=lambda: True)
    clock(1)
    status.tick(rospy.Time(900))
    status.tick(rospy.Time(stamp))
    assert run(status)[0] == DiagnosticStatus.ERROR


@pytest.mark.parametrize(
    "settings, waits",
    [
        ({"realtime": False, "source": "/home/me/clip.avi"}, True),
        ({"realtime": False, "source": "0"}, False),
        ({"realtime": False, "source": "rtsp://camera/stream"}, False),
        ({"realtime": True, "source": "/home/me/clip.avi"}, False),
        ({"source": "/home/me/clip.avi"}, False),
        ({"realtime": "false", "source": "/home/me/clip.avi"}, False),
        ("a driver of somebody else", False),
        (None, False),
    ],
)
def test_parameters_tell_who_waits_for_answers(monkeypatch, settings, waits):
    asked = []
    monkeypatch.setattr(rospy, "get_param", lambda *words: asked.append(words) or settings)
    assert waits_for_answers("/camera/camera_node") is waits
    assert asked == [("/camera/camera_node", None)]


def test_nobody_waits_for_answers_while_the_master_is_away(monkeypatch):
    def refuse(*_):
        raise ConnectionRefusedError(111, "refused")

    monkeypatch.setattr(rospy, "get_param", refuse)
    assert not waits_for_answers("/camera/camera_node") and not waits_for_answers("")

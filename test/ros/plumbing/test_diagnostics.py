"""What a node says of the frames that it cannot use; needs ROS."""

from dataclasses import replace

import pytest

rospy = pytest.importorskip("rospy", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
from lightweight_openpose.msg import HeadOrientationArray, HumanPose3DArray, HumanPoseArray

from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.ros.messages.validation import BadMessage
from lightweight_openpose.ros.plumbing import diagnostics
from lightweight_openpose.ros.plumbing.diagnostics import MessageRate, StreamHealth
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
    rate = MessageRate(window=3.0)
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


@pytest.mark.parametrize(
    "error, said",
    [
        (BadMessage("encoding 'a\nb\tc'"), "encoding 'a b c'"),
        (ValueError("never raised"), "ValueError on a frame: never raised"),
        (BadMessage("x" * 5000), "x" * 300),
    ],
)
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


BAD, GOOD = BadMessage("unknown image encoding 'x'"), None
OK, WARN, ERROR = range(3)


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(diagnostics.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(rospy, "logerr", lambda *words: None)
    return now


def statuses(health):
    """Levels and messages of the estimator's status and of the others'."""
    from diagnostic_updater import DiagnosticStatusWrapper

    own, fills = DiagnosticStatusWrapper(), []
    diagnostics.summarise(own, health, True, 5.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diagnostics, "publish_diagnostics", lambda name, fill: fills.append(fill))
        diagnostics.report("name", health, lambda: True)
    others = fills[0](DiagnosticStatusWrapper())
    return [(own.level, own.message), (others.level, others.message)]


def levels(health):
    return [level for level, _ in statuses(health)]


def feed(health, clock, outcomes, seconds):
    """Frames at 10 Hz, each bad or answered in turn; the levels after each of them."""
    seen = []
    for i in range(int(seconds * 10)):
        clock[0] += 0.1
        health.receive()
        if outcomes[i % len(outcomes)] is BAD:
            health.fail(BAD)
        else:
            health.answer()
        seen.append(levels(health))
    return seen


def test_a_status_is_an_error_while_every_frame_is_bad(clock):
    health = StreamHealth()
    assert levels(health) == [OK, OK]
    assert feed(health, clock, [BAD], 10) == [[ERROR, ERROR]] * 100
    for _, message in statuses(health):
        assert message == "every frame is bad: unknown image encoding 'x'"
    assert feed(health, clock, [GOOD], 1)[0] == [OK, OK]
    after = feed(health, clock, [BAD], 10)
    assert after[0] == [OK, OK] and after[31:] == [[ERROR, ERROR]] * 69


def test_single_bad_frames_among_good_ones_are_no_error(clock):
    health = StreamHealth()
    feed(health, clock, [GOOD], 1)
    assert feed(health, clock, [BAD, BAD, GOOD], 20) == [[OK, OK]] * 200


def test_bad_frames_of_a_slow_camera_are_an_error_between_them_too(clock):
    health = StreamHealth()
    for _ in range(5):
        health.receive()
        health.fail(BAD)
        for _ in range(4):
            clock[0] += 1
            assert levels(health) == [ERROR, ERROR]


def test_a_bad_message_of_long_ago_says_nothing_of_now(clock):
    health = StreamHealth()
    health.fail(BAD)
    clock[0] += 31
    health.receive()
    health.answer()
    assert levels(health) == [OK, OK]
    health.refuse(BAD)  # a calibration is no frame
    clock[0] += 4
    assert levels(health) == [OK, OK]


def test_bad_images_are_not_hidden_by_good_poses(clock):
    from sensor_msgs.msg import Image

    health = StreamHealth()

    def refuse(msg):
        raise BAD

    on_image, on_poses = guarded(health, refuse), guarded(health, lambda msg: None)
    for _ in range(50):
        clock[0] += 0.1
        on_image(Image())
        on_poses(HumanPoseArray(height=1, width=1))
    assert levels(health) == [ERROR, ERROR]


def test_frames_that_are_never_answered_are_told(clock):
    health = StreamHealth()
    for _ in range(49):
        clock[0] += 0.1
        health.receive()
    assert levels(health) == [OK, OK]
    for _ in range(5):
        clock[0] += 0.1
        health.receive()
    assert levels(health) == [WARN, WARN]
    assert statuses(health)[0][1] == "frames come, but none was answered for 5 s"
    health.answer()
    assert levels(health) == [OK, OK]
    clock[0] += 60  # nobody listened
    health.receive()
    assert levels(health) == [OK, OK]

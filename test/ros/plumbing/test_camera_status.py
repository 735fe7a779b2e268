"""What camera_node says on /diagnostics while its source plays, stops or freezes; needs ROS."""

from types import SimpleNamespace

import pytest

pytest.importorskip("rospy", reason="ROS is not sourced")
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_updater import DiagnosticStatusWrapper

from lightweight_openpose.ros.nodes.camera_player import Player
from lightweight_openpose.ros.nodes.camera_status import CameraStatus
from lightweight_openpose.video.capture import SourceError


def filled(status):
    report = status.fill(DiagnosticStatusWrapper())
    return report.level, report.message, {value.key: value.value for value in report.values}


def test_level_and_message_follow_the_source():
    player = SimpleNamespace(lost="", frozen=False, times_lost=0)
    status = CameraStatus("/dev/video2", player)
    level, message, values = filled(status)
    assert (level, message) == (DiagnosticStatus.OK, "no frame of /dev/video2 yet")
    assert values["size [px]"] == ""
    for _ in range(3):
        status.tick(640, 480)
    level, message, values = filled(status)
    assert level == DiagnosticStatus.OK and message.endswith(" frames/s")
    assert values == {
        "source": "/dev/video2",
        "frames": "3",
        "size [px]": "640x480",
        "times lost": "0",
    }
    player.frozen = True
    assert filled(status)[:2] == (
        DiagnosticStatus.WARN,
        "/dev/video2 sends the same picture: is it frozen?",
    )
    player.lost, player.times_lost = "cannot open /dev/video2", 1
    level, message, values = filled(status)
    assert (level, message) == (DiagnosticStatus.ERROR, "cannot open /dev/video2")
    assert values["times lost"] == "1"


class Unplugged:
    """A camera that gives a frame, is lost twice, and gives one again."""

    source, live, unreadable = "7", True, {}

    def __init__(self):
        self.remarks = []
        self._rounds = iter(["frame", "lost", "lost", "frame"])

    def __iter__(self):
        if next(self._rounds, "lost") == "frame":
            yield SimpleNamespace(image=None, time=0.0)
        raise SourceError("7 is gone.")


def test_a_player_tells_that_it_is_lost_and_how_often(monkeypatch):
    player = Player(Unplugged(), 0.0, False, 5.0)
    watch = SimpleNamespace(changed=lambda image: False)
    monkeypatch.setattr("lightweight_openpose.ros.nodes.camera_player.FreezeWatch", lambda _: watch)
    told = []
    monkeypatch.setattr("time.sleep", lambda s: told.append((player.lost, player.times_lost)))
    frames = iter(player)
    next(frames)
    assert (player.lost, player.times_lost) == ("", 0)
    next(frames)
    assert told[-3:] == [("7 is gone.", 1)] * 3
    assert (player.lost, player.times_lost) == ("", 1)

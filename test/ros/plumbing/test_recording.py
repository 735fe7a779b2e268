"""What a node that records says of it in the log and on /diagnostics. Needs ROS."""

import pytest

pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
av = pytest.importorskip("av")
import numpy as np
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_updater import DiagnosticStatusWrapper

from full_disks import disk_full_after
from lightweight_openpose.ros.plumbing import recording as module
from lightweight_openpose.ros.plumbing.recording import Recording


class Updater:
    """Keeps the statuses that are reported."""

    def __init__(self):
        self.reported = []

    def add(self, _, fill):
        self._fill = fill

    def force_update(self):
        self.reported.append(self._fill(DiagnosticStatusWrapper()))
        return self.reported[-1]


@pytest.fixture
def log(monkeypatch):
    said = []
    for level in ("loginfo", "logwarn", "logerr"):
        monkeypatch.setattr(
            module.rospy, level, lambda text, *values, at=level: said.append((at, text % values))
        )
    monkeypatch.setattr(module.rospy, "get_name", lambda: "/eye")
    return said


def recording(path, stamps):
    updater = Updater()
    found = Recording(str(path))
    found.report_by(updater)
    rng = np.random.default_rng(0)
    for stamp in stamps:
        found.write(rng.integers(0, 255, (96, 128, 3)).astype(np.uint8), stamp)
    return found, updater


def test_a_whole_recording_says_how_many_frames_it_has(tmp_path, log):
    path = tmp_path / "clip.mp4"
    found, updater = recording(path, np.arange(11) / 10)
    status = updater.force_update()
    assert (status.level, status.message) == (DiagnosticStatus.OK, "11 frames")
    found.close()
    found.close()
    assert log == [("loginfo", f"/eye: recorded {path}, 11 frames")]


@pytest.mark.parametrize("short", [1, 0.5])
def test_a_disk_that_fills_at_the_end_or_before_is_an_error_once(tmp_path, log, short):
    """In the last fragment, of which nobody tells but the file itself, or in the first."""
    whole, _ = recording(tmp_path / "whole.mp4", np.arange(11) / 10)
    whole.close()
    log.clear()
    path = tmp_path / "clip.mp4"
    size = (tmp_path / "whole.mp4").stat().st_size - 2000
    with disk_full_after(int(short * size)):
        found, updater = recording(path, np.arange(11) / 10)
        found.close()
        found.write(np.zeros((96, 128, 3), np.uint8), 2.0)
        found.close()
    kept = 10 if short == 1 else 0
    ((level, text),) = log
    assert level == "logerr" and text.startswith(f"/eye: recording to {path} stopped: ")
    assert text.endswith(f"{kept} of 11 frames can be played")
    status = updater.reported[-1]
    assert status.level == DiagnosticStatus.ERROR and f"/eye: {status.message}" == text


def test_a_clock_that_is_set_is_a_warning_once(tmp_path, log):
    found, _ = recording(tmp_path / "clip.mp4", [0.0, 0.1, 1.7e9, 1.7e9 + 0.1, 0.0, 0.1])
    found.close()
    assert [level for level, _ in log] == ["logwarn", "loginfo"]
    assert "a clock may have been set" in log[0][1]


def test_what_cannot_be_recorded_is_refused(tmp_path):
    with pytest.raises(OSError, match="it is a folder"):
        (tmp_path / "clip.mp4").mkdir()
        Recording(str(tmp_path / "clip.mp4"))

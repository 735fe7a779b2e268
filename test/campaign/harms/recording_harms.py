"""What ends a recording or sets its clock: a disk that fills, NTP."""

import os
import re
import signal
import time
from contextlib import contextmanager, suppress

import av
import numpy as np
import rospy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus

from .disk_harms import CAN_MOUNT, disk, show_noise
from .processes import Node, script, within
from .stream_harms import Scene

_LONGEST = 5.0  # s between frames that a campaign's camera leaves, on a busy machine
_SET = "a clock may have been set"


class _Faults:
    """Errors of the visualizer's recording on /diagnostics."""

    def __init__(self):
        self.found = []
        self._heard = rospy.Subscriber("/diagnostics", DiagnosticArray, self._on)

    def _on(self, msg):
        self.found += [
            status.message
            for status in msg.status
            if status.name.endswith(": recording") and status.level == DiagnosticStatus.ERROR
        ]

    def close(self):
        self._heard.unregister()


@contextmanager
def _visualizer(path):
    """pose_visualizer_node that records; it ends as by Ctrl-C."""
    command = (
        *script("pose_visualizer"),
        "__name:=pose_visualizer",
        "_heads:=false",
        f"_record:={path}",
        "image:=/camera/image_raw",
        "poses:=/pose_estimator/poses",
    )
    with Node(*command, respawn=False) as node:
        within(60, lambda: path.exists() or node.exits)
        yield node
        node.close(signal.SIGINT)


def _times(path):
    """Time stamps [s] of the frames that can be played."""
    found = []
    try:
        with av.open(str(path)) as container:
            found += [frame.time for frame in container.decode(video=0)]
    except (OSError, av.error.FFmpegError):
        pass  # what can be played comes before
    return found


def _account(path, said):
    """What does not agree between a recording and what is said of it; "" where all does."""
    whole = re.search(r"recorded \S+, (\d+) frames", said)
    cut = re.search(r"recording to .* stopped: .*; (\d+) of (\d+) frames can be played", said)
    if bool(whole) == bool(cut):
        return f"neither whole nor cut, but {said[-200:]!r}"
    told, found = int((whole or cut).group(1)), len(_times(path))
    return "" if told == found else f"{told} frames are told, {found} can be played"


def _fill(folder, left):
    """Write so much that this many bytes are free."""
    status = os.statvfs(str(folder))
    with suppress(OSError):  # the recording is written, too
        (folder / "other").write_bytes(bytes(max(0, status.f_bavail * status.f_frsize - left)))


def disk_ends(rng, trials):
    """The disk fills before a recording ends at any moment: what is missing is said."""
    with Scene(rng, 0) as scene:
        scene.flows(60)
        show_noise(scene)
        for _ in range(trials):
            faults = _Faults()
            with disk(5000) as folder:
                path = folder / "people.mp4"
                with _visualizer(path) as node:
                    scene.wait(2.5)  # a fragment takes a second
                    _fill(folder, int(rng.integers(0, 300_000)))
                reason = _account(path, node.said())
            if "stopped" in node.said() and not within(3, lambda: faults.found):
                reason = reason or "it is not on /diagnostics"
            faults.close()
            yield reason or ("" if scene.flows() else "the estimator does not go on")


def clock_set(rng, trials):
    """The clock jumps from 1970 to today and back by anything: the frames keep their pace."""
    with Scene(rng, 0) as scene:
        scene.flows(60)
        for _ in range(trials):
            with disk(100_000) as folder:
                path = folder / "people.mp4"
                with _visualizer(path) as node:
                    for offset in (-time.time() + 10, 0, -rng.uniform(1, 1e9)):
                        _set_clock(scene.camera, offset)
                        time.sleep(1)
                    scene.camera.usual()
                    time.sleep(1)
                said, times = node.said(), _times(path)
                reason = _account(path, said)
            if not reason and len(times) < 4:
                reason = f"{len(times)} frames in four seconds"
            if not reason and np.diff(times).max() > _LONGEST:
                reason = f"a gap of {np.diff(times).max():.0f} s"
            if not reason and said.count(_SET) != 1:
                reason = f"said {said.count(_SET)} times that a clock was set"
            yield reason or ("" if scene.flows() else "the estimator does not go on")


def _set_clock(camera, offset):
    camera.stamp = lambda: rospy.Time.from_sec(time.time() + offset)


_CALLED = {
    "recording-disk-ends": (disk_ends, "all frames can be played, or it is said how many"),
    "recording-clock-set": (clock_set, "later frames at their pace, said once"),
}
HARMS = _CALLED if CAN_MOUNT else {}

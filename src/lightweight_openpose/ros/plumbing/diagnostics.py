"""Counts and ages of a stream of frames, reported on /diagnostics."""

from __future__ import annotations

import re
import threading
import time
import traceback
from collections import deque
from pathlib import Path
from typing import Callable

import rospy
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_updater import Updater

from lightweight_openpose.poses.skeleton import Skeleton
from lightweight_openpose.ros.messages.validation import BadMessage, check_skeleton
from lightweight_openpose.video.images import BadImage

_SILENT = 2.0  # s in which a kind of fault is said once
_KINDS = 20  # of faults that are said within that time


class Rate:
    """Events per second over the last seconds."""

    def __init__(self, window: float = 3.0):
        """window: [s] that the rate is taken over."""
        self._window = window
        self._times = deque()

    def tick(self) -> None:
        """An event happened now."""
        self._times.append(time.monotonic())

    def __call__(self) -> float:
        """Events per second."""
        now = time.monotonic()
        while self._times and self._times[0] < now - self._window:
            self._times.popleft()
        return len(self._times) / self._window


class StreamHealth:
    """What a node made of the frames that came to it."""

    def __init__(self):
        self.received = Rate()
        self.processed = Rate()
        self.bad = 0  # frames that were dropped for a fault in them
        self.age_ms = float("nan")  # of the last image when its answer was published
        self.last_error = ""
        self.last_received = time.monotonic()  # s; first of all the start
        self._said = {}  # kind of fault -> when it was said [s]
        self._lock = threading.Lock()

    def receive(self) -> None:
        """A frame came."""
        self.received.tick()
        self.last_received = time.monotonic()

    def fail(self, error, *messages) -> None:
        """A frame was dropped for a fault in it: counted, and each kind said once in two seconds.

        error: an exception, or what to say; messages: those that it came with.
        """
        reason = _reason(error, messages)
        with self._lock:
            self.bad += 1
            bad = self.bad
            self.last_error = reason
            new = self._is_new(re.sub(r"[-+.\d]+", "0", reason))
        if new:
            rospy.logerr("%s: frame dropped (%d so far): %s", rospy.get_name(), bad, reason)

    def _is_new(self, kind):
        """Whether a fault is to be said: a sender of ever new ones cannot fill the log."""
        now = time.monotonic()
        self._said = {k: at for k, at in self._said.items() if at > now - _SILENT}
        if kind in self._said or len(self._said) >= _KINDS:
            return False
        self._said[kind] = now
        return True

    def accepts(self, msg, skeleton: Skeleton) -> bool:
        """Whether poses are of the skeleton that the node works on; others are a fault as above."""
        try:
            check_skeleton(msg, skeleton)
        except BadMessage as error:
            self.fail(error, msg)
            return False
        return True


def _reason(error, messages) -> str:
    """A fault in one line: of what is not expected also where it came from."""
    if not isinstance(error, Exception) or isinstance(error, BadImage):
        return str(error)
    if not isinstance(error, BadMessage):
        last = traceback.extract_tb(error.__traceback__)[-1]
        kinds = " and ".join(type(msg).__name__ for msg in messages)
        place = f"{Path(last.filename).name}:{last.lineno}"
        return f"{type(error).__name__} in {place} on {kinds}: {error}"
    return str(error)


def publish_diagnostics(name: str, fill: Callable, period: float = 1.0) -> Updater:
    """Report fill(status) on /diagnostics once a period of wall time, from a thread of its own."""
    updater = Updater()
    updater.setHardwareID("none")
    updater.add(name, fill)

    def loop():
        while not rospy.is_shutdown():
            try:
                updater.force_update()
            except rospy.ROSException:
                return  # the topic closed: the node is going down
            time.sleep(period)

    threading.Thread(target=loop, daemon=True).start()
    return updater


def summarise(status, health: StreamHealth, wanted: bool, silent_after: float) -> None:
    """Level and message of a status: WARN when images are wanted and none came, else OK."""
    silence = time.monotonic() - health.last_received
    if not wanted:
        status.summary(DiagnosticStatus.OK, "idle: nobody subscribes")
    elif silence > silent_after:
        status.summary(DiagnosticStatus.WARN, f"no image for {silence:.0f} s")
    else:
        status.summary(DiagnosticStatus.OK, f"{health.processed():.1f} fps")

"""Counts and ages of a stream of frames, reported on /diagnostics."""
from __future__ import annotations

import threading
import time
from collections import deque
from typing import Callable

import rospy
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_updater import Updater


class Rate:
    """Events per second over the last seconds."""

    def __init__(self, window: float = 3.0):
        self._window = window
        self._times = deque()

    def tick(self) -> None:
        self._times.append(time.monotonic())

    def __call__(self) -> float:
        now = time.monotonic()
        while self._times and self._times[0] < now - self._window:
            self._times.popleft()
        return len(self._times) / self._window


class StreamHealth:
    """What a node that works on images did: frames in and out, dropped, bad, age of the last input, last error."""

    def __init__(self):
        self.received, self.processed = Rate(), Rate()
        self.bad = 0
        self.age_ms = float("nan")
        self.last_error = ""
        self.last_received = time.monotonic()

    def receive(self) -> None:
        self.received.tick()
        self.last_received = time.monotonic()

    def fail(self, error) -> None:
        """Count a frame that was dropped for a fault in it, and log why, at most once in two seconds."""
        self.bad += 1
        self.last_error = str(error)
        rospy.logerr_throttle(2.0, "%s: frame dropped (%d so far): %s", rospy.get_name(), self.bad, error)


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

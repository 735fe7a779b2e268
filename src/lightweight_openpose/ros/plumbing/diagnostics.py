"""Counts and ages of a stream of frames, reported on /diagnostics."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Callable

import rospy
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_updater import Updater

from lightweight_openpose.poses.skeleton import Skeleton


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

    def receive(self) -> None:
        """A frame came."""
        self.received.tick()
        self.last_received = time.monotonic()

    def fail(self, error) -> None:
        """A frame was dropped for a fault in it: counted, and said at most once in two seconds."""
        self.bad += 1
        self.last_error = str(error)
        text = "%s: frame dropped (%d so far): %s"
        rospy.logerr_throttle(2.0, text, rospy.get_name(), self.bad, error)

    def accepts(self, msg, skeleton: Skeleton) -> bool:
        """Whether poses are of the skeleton that the node works on; others are a fault as above."""
        if msg.skeleton == skeleton.name:
            return True
        self.fail(
            f"poses of skeleton {msg.skeleton}, but this node works on {skeleton.name}: "
            "~skeleton must be that of the estimator"
        )
        return False


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

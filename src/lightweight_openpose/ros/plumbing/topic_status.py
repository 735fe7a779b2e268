"""The rate and the stamps of the images that come, judged as other drivers of ROS have it."""

from __future__ import annotations

from typing import Callable

import rospy
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_updater import (
    CompositeDiagnosticTask,
    FrequencyStatus,
    FrequencyStatusParam,
    TimeStampStatus,
    TimeStampStatusParam,
)

_WINDOW = 5  # updates, of one second each, that the rate is taken over


class _Frequency(FrequencyStatus):
    """Any rate will do but none; while ROS time stands still there is no rate."""

    def run(self, stat):
        with self.lock:
            elapsed = (rospy.Time.now() - self.times[self.hist_indx]).to_sec()
        if elapsed <= 0:
            self.clear()
            stat.summary(DiagnosticStatus.OK, "ROS time stood still or went back")
            return stat
        return super().run(stat)


class TopicStatus(CompositeDiagnosticTask):
    """FrequencyStatus and TimeStampStatus of a topic that is listened to only now and then."""

    def __init__(self, name: str, wanted: Callable[[], bool]):
        """name: of the status; wanted: whether the node listens, without which it is idle."""
        super().__init__(name)
        self._wanted = wanted
        self._frequency = _Frequency(FrequencyStatusParam({"min": 0.0}, window_size=_WINDOW))
        self._stamps = TimeStampStatus(TimeStampStatusParam())
        self.addTask(self._frequency)
        self.addTask(self._stamps)

    def tick(self, stamp: rospy.Time) -> None:
        """A message of this stamp came."""
        self._frequency.tick()
        self._stamps.tick(stamp)

    def run(self, stat):
        """Fill a status with both, or with why there is nothing to judge."""
        if not self._wanted():
            self._frequency.clear()
            stat.summary(DiagnosticStatus.OK, "idle: nobody subscribes")
            return stat
        return super().run(stat)

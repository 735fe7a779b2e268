"""The rate and the stamps of the images that come, checked as by other drivers of ROS."""

from __future__ import annotations

from typing import Callable

import genpy
import rospy
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_updater import (
    CompositeDiagnosticTask,
    DiagnosticStatusWrapper,
    FrequencyStatus,
    FrequencyStatusParam,
    TimeStampStatus,
    TimeStampStatusParam,
)

_WINDOW = 5  # updates, of one second each, that the rate is taken over


class _Frequency(FrequencyStatus):
    """Any rate will do but none; while ROS time stands still there is no rate."""

    def run(self, stat: DiagnosticStatusWrapper) -> DiagnosticStatusWrapper:
        with self.lock:
            elapsed = (rospy.Time.now() - self.times[self.hist_indx]).to_sec()
        if elapsed <= 0:
            self.clear()
            stat.summary(DiagnosticStatus.OK, "ROS time stood still or went back")
            return stat
        return super().run(stat)


class _Stamps(TimeStampStatus):
    """Late stamps are right while a file waits for answers: they follow the footage."""

    deltas_valid: bool  # of TimeStampStatus: whether a stamp came since the last report

    def __init__(self, of_footage: Callable[[], bool]):
        super().__init__(TimeStampStatusParam())
        self._of_footage = of_footage

    def run(self, stat: DiagnosticStatusWrapper) -> DiagnosticStatusWrapper:
        with self.lock:
            early = self.deltas_valid and self.min_delta < self.params.min_acceptable
            late = not self.deltas_valid or self.max_delta > self.params.max_acceptable
        if late and not (early or self.zero_seen) and self._of_footage():
            with self.lock:
                self.deltas_valid = False
            stat.summary(DiagnosticStatus.OK, "Timestamps of a file that waits for answers.")
            return stat
        return super().run(stat)


def _no() -> bool:
    return False


class TopicStatus(CompositeDiagnosticTask):
    """FrequencyStatus and TimeStampStatus of a topic that is listened to only now and then."""

    def __init__(self, name: str, wanted: Callable[[], bool], of_footage: Callable[[], bool] = _no):
        """name: of the status; wanted: whether the node listens, without which it is idle.

        of_footage: whether the images are those of a file that waits for answers, see footage.py;
        asked for when stamps are late.
        """
        super().__init__(name)
        self._wanted = wanted
        self._frequency = _Frequency(FrequencyStatusParam({"min": 0.0}, window_size=_WINDOW))
        self._stamps = _Stamps(of_footage)
        self.addTask(self._frequency)
        self.addTask(self._stamps)

    def tick(self, stamp: genpy.Time) -> None:
        """A message of this stamp came."""
        self._frequency.tick()
        self._stamps.tick(stamp)

    def run(self, stat: DiagnosticStatusWrapper) -> DiagnosticStatusWrapper:
        """Fill a status with both, or with why there is nothing to judge."""
        if not self._wanted():
            self._frequency.clear()
            stat.summary(DiagnosticStatus.OK, "idle: nobody subscribes")
            return stat
        return super().run(stat)

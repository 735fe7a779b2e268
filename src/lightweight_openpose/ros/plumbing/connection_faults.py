"""What went wrong with the connections of a node: counted, logged, and reported on /diagnostics."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Union

import rospy
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_updater import DiagnosticStatusWrapper

from .reasons import NewKinds

HANDSHAKES, LINKS, REQUESTS = "failed handshakes", "reconnections", "unreadable requests"
_RECENT = 10.0  # s, for which a fault is the message on /diagnostics


class ConnectionFaults:
    """Counts what went wrong with connections of this node, from all threads."""

    def __init__(self) -> None:
        self._counts = Counter({HANDSHAKES: 0, LINKS: 0, REQUESTS: 0})
        self._last = ""  # fault, in one line
        self._when = float("-inf")  # s
        self._kinds = NewKinds()
        self._lock = threading.Lock()

    def note(self, what: str, reason: Union[Exception, str]) -> None:
        """A fault: counted, and each kind logged once in two seconds."""
        reported = f"{what}: {' '.join(str(reason).split())}"
        with self._lock:
            self._counts[what] += 1
            self._last, self._when = reported, time.monotonic()
            new = self._kinds.is_new(reported)
        if new:
            rospy.logwarn("%s: %s", rospy.get_name(), reported)

    def __getitem__(self, what: str) -> int:
        """How often it went wrong."""
        return self._counts[what]

    def fill(self, status: DiagnosticStatusWrapper) -> DiagnosticStatusWrapper:
        """The counts as a status; a fault of the last seconds is its message."""
        with self._lock:
            if time.monotonic() - self._when < _RECENT:
                status.summary(DiagnosticStatus.WARN, self._last)
            else:
                status.summary(DiagnosticStatus.OK, "connections are well")
            for what, count in self._counts.items():
                status.add(what, str(count))
        return status


faults = ConnectionFaults()  # of this process, which is one node

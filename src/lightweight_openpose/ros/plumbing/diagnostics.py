"""Counts and ages of a stream of frames, reported on /diagnostics."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Callable, Deque, Mapping, Optional, Protocol, Union

import rospy
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_updater import DiagnosticStatusWrapper, DiagnosticTask, Updater

from .account import Account
from .outcomes import Outcomes
from .reasons import NewKinds, NoTransform, reason_of

if TYPE_CHECKING:
    from .awaited import Awaited


class MessageRate:
    """Events per second over the last seconds."""

    def __init__(self, window: float = 3.0):
        """window: [s] that the rate is taken over."""
        self._window = window
        self._times: Deque[float] = deque()  # [s]
        self._first: Optional[float] = None  # [s]

    def tick(self) -> None:
        """An event happened now."""
        now = time.monotonic()
        self._first = now if self._first is None else self._first
        self._times.append(now)

    def __call__(self) -> float:
        """Events per second; 0 at the first event."""
        now = time.monotonic()
        while self._times and self._times[0] < now - self._window:
            self._times.popleft()
        if self._times and self._first is not None and now - self._first < self._window:
            return (len(self._times) - 1) / max(now - self._first, 1e-9)
        return len(self._times) / self._window


class Synchronizer(Protocol):
    """What a node needs of a synchronizer, which holds frames until the rest of their moment comes.

    matched_at: when it matched last [s], monotonic, first of all when it began; remedy: what to do
    where nothing matches.
    """

    matched_at: float
    remedy: str

    def give_up(self, patience: float) -> None:
        """Drop the frames that it has held for longer [s]."""

    def abandon(self) -> None:
        """Drop the frames that it holds, and count no more of them."""


class StreamHealth:
    """What a node made of the frames that came to it."""

    def __init__(self) -> None:
        self.received = MessageRate()
        self.processed = MessageRate()
        self.account = Account()
        self.outcomes = Outcomes()
        self.age_ms = float("nan")  # of the last image when its answer was published
        self.last_error = ""
        self.without_transform = 0  # times that TF had no transform for a frame
        self.last_received = time.monotonic()  # s; first of all the start
        self.synchronizer: Optional[Synchronizer] = None  # that holds frames, if there is one
        self.awaited: Optional[Awaited] = None  # the inputs without which there is no answer
        self._reported = ""  # what the last warning of those was about
        self._kinds = NewKinds()
        self._frame = threading.local()  # of each thread: whether it is at one, and that one is bad
        self._lock = threading.Lock()

    @property
    def bad(self) -> int:
        """Messages that were given up for a fault in them."""
        return self.account.totals().bad

    def receive(self) -> None:
        """A frame came."""
        self.account.receive()
        self.received.tick()
        self.outcomes.receive()
        self.last_received = time.monotonic()

    def answer(self, *messages: Any) -> None:
        """A frame that came was answered; messages: those that it came with."""
        self.account.answer()
        self.processed.tick()
        self.outcomes.answer(messages)

    def fail(self, error: Union[Exception, str], *messages: Any) -> None:
        """A frame was dropped for a fault in it: counted, and each kind logged once in two seconds.

        error: an exception, or what to say; messages: those that it came with, while run_callback() is
        at a frame by default its.
        """
        messages = messages or getattr(self._frame, "messages", ())
        counted = getattr(self._frame, "bad", False)
        bad = self.bad if counted else self.account.give_up()
        self._frame.bad = getattr(self._frame, "open", False)
        self._say(reason_of(error, messages), "frame dropped", bad)
        self.outcomes.fail(messages, self.last_error)

    def run_callback(self, callback: Callable[..., object], *messages: Any) -> None:
        """Call back for a frame that came: it is answered, unless something raises or fails.

        However many faults are found in it, it is one bad frame. Without a transform that it needs
        it is dropped.
        """
        self._frame.open, self._frame.bad, self._frame.messages = True, False, messages
        try:
            callback(*messages)
        except NoTransform:  # which was counted and named where it was looked up
            if not self._frame.bad:
                self.account.drop()
        except Exception as error:  # the node outlives any one message
            self.fail(error, *messages)
        else:
            if not self._frame.bad:
                self.answer(*messages)
        self._frame.open, self._frame.bad, self._frame.messages = False, False, ()

    def found_transform(self) -> None:
        """TF had the transform of a frame."""
        self.outcomes.find_transform()

    def lack_transform(self, reason: str) -> None:
        """TF had none, which is no fault of the frame: counted, and logged once in two seconds."""
        with self._lock:
            self.without_transform += 1
            count = self.without_transform
        self._say(reason, "frame without a transform", count)
        self.outcomes.lack_transform(reason)

    def missing(self) -> str:
        """What the node waits for in vain, in one line; empty where nothing is.

        Each new case is logged once, and frames that have waited too long are dropped.
        """
        if self.awaited is None:
            return ""
        fault = self.awaited.fault()
        if fault:
            self.awaited.give_up()
            if self.awaited.about != self._reported:
                rospy.logwarn("%s: %s", rospy.get_name(), fault)
        self._reported = self.awaited.about
        return fault

    def refuse(self, error: Union[Exception, str], *messages: Any) -> None:
        """The same of what is no frame, and was not counted when it came."""
        self._say(reason_of(error, messages), "frame dropped", self.account.refuse())

    def _say(self, reason: str, what: str, count: int) -> None:
        with self._lock:
            self.last_error = reason
            new = self._kinds.is_new(reason)
        if new:
            rospy.logerr("%s: %s (%d so far): %s", rospy.get_name(), what, count, reason)

    def add_totals(self, status: DiagnosticStatusWrapper) -> None:
        """What became of all frames, as lines of a status that add up."""
        totals = self.account.totals()
        status.add("received", str(totals.received))
        status.add("answered", str(totals.answered))
        status.add("dropped", str(totals.dropped))
        status.add("bad frames", str(totals.bad))
        status.add("in flight", str(totals.in_flight))
        status.add("last error", self.last_error)


def publish_diagnostics(
    name: str,
    fill: Callable[[DiagnosticStatusWrapper], DiagnosticStatusWrapper],
    *tasks: DiagnosticTask,
    period: float = 1.0,
) -> Updater:
    """Report fill(status) on /diagnostics once a period of wall time, from a thread of its own.

    tasks: further ones, each with a status of its own name.
    """
    updater = Updater()
    updater.setHardwareID("none")
    updater.add(name, fill)
    for task in tasks:
        updater.add(task)

    def loop() -> None:
        while not rospy.is_shutdown():
            try:
                updater.force_update()
            except rospy.ROSException:
                return  # the topic closed: the node is going down
            except Exception as error:  # a report that fails is no reason to stop reporting
                rospy.logerr_throttle(10, "%s: no diagnostics: %s", rospy.get_name(), error)
            time.sleep(period)

    threading.Thread(target=loop, daemon=True).start()
    return updater


def _nothing() -> Mapping[str, int]:
    return {}


def report(
    name: str,
    health: StreamHealth,
    wanted: Callable[[], bool],
    counts: Callable[[], Mapping[str, int]] = _nothing,
) -> Updater:
    """Report what became of a node's messages on /diagnostics.

    wanted: whether it has work; counts: of what else it counts, by name.
    """

    def fill(status: DiagnosticStatusWrapper) -> DiagnosticStatusWrapper:
        trouble = health.outcomes.trouble()
        fault = health.missing() if wanted() else ""
        if not wanted():
            status.summary(DiagnosticStatus.OK, "idle: nobody subscribes")
        elif fault and (trouble is None or trouble[0] == DiagnosticStatus.WARN):
            status.summary(DiagnosticStatus.WARN, fault)  # why frames are not answered
        elif trouble:
            status.summary(*trouble)
        else:
            status.summary(DiagnosticStatus.OK, f"{health.processed():.1f} messages/s")
        health.add_totals(status)
        for what, count in counts().items():
            status.add(what, str(count))
        return status

    return publish_diagnostics(name, fill)


def summarise(
    status: DiagnosticStatusWrapper, health: StreamHealth, wanted: bool, silent_after: float
) -> None:
    """Level and message of a status.

    WARN when images are wanted and none came or was answered, ERROR when all were bad.
    """
    trouble = health.outcomes.trouble()
    silence = time.monotonic() - health.last_received
    if not wanted:
        status.summary(DiagnosticStatus.OK, "idle: nobody subscribes")
    elif silence > silent_after:
        status.summary(DiagnosticStatus.WARN, f"no image for {silence:.0f} s")
    elif trouble:
        status.summary(*trouble)
    else:
        status.summary(DiagnosticStatus.OK, f"{health.processed():.1f} fps")

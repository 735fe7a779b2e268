"""Messages of the same moment, also after time went back."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Callable, Collection, Deque, Dict, List, Optional, Sequence

import genpy
import message_filters

from .diagnostics import StreamHealth
from .guard import Guarded

_LEAP = 10.0  # s; stamps that far ahead of the next one were wrong, and time did not go back
_NANOSECOND = 1e-9  # s, the step of stamps
_REMEMBERED = 100  # stamps of the first filter by which that is known

_Queue = Dict[genpy.Time, Any]  # stamp -> message, of any type, in the order in which they came

if TYPE_CHECKING:

    class _Synchronizer:
        """What _Forgetful needs of the class of message_filters that stands next to it."""

        queues: List[_Queue]  # of each filter
        queue_size: int
        lock: threading.Lock

        def __init__(self, *arguments: Any) -> None: ...
        def registerCallback(self, callback: Callable[..., object], *arguments: Any) -> int: ...
        def add(self, msg: Any, my_queue: _Queue, *rest: Any) -> None: ...
        def signalMessage(self, *messages: Any) -> None: ...

else:
    _Synchronizer = object


class _Forgetful(_Synchronizer):
    """Forgets what it holds when the stamps of the first filter go back.

    Otherwise messages from before a bag starts again would meet those of its next round. Where
    single stamps were far ahead of their time only their messages are forgotten. A full queue
    drops what came first, not the oldest stamps: those from the future would stay for ever, and
    leave no room for good ones.

    Of a match all filters have come to its moment, so that what is older matches nothing any more:
    it goes at once, for whole images or clouds of points would fill the queues for ever.

    message_filters calls with its lock taken. When the callback raises it would keep the lock, at
    which every later message waits, and the messages, with which it would be called again.

    The messages of the first filter are the frames that a guarded callback has its account of: one
    that leaves the queue without a match is dropped.
    """

    remedy: str  # what to do where nothing matches

    def __init__(self, *arguments: Any):
        self._health: Optional[StreamHealth] = None
        self._waiting = 0  # frames in the queue, and the one that is worked on
        self._matched: Sequence[genpy.Time] = ()  # stamps in each queue of the last match
        self._turn = threading.Lock()  # of one message at a time
        # Of the first filter, as they came.
        self._stamps: Deque[genpy.Time] = deque(maxlen=_REMEMBERED)
        self._came: Dict[genpy.Time, float] = {}  # stamps in the first queue -> s, when they came
        self.matched_at = time.monotonic()  # s, of the last match, first of all the start
        super().__init__(*arguments)

    def registerCallback(self, callback: Callable[..., object], *arguments: Any) -> int:
        """Call back with messages of one moment."""
        if not isinstance(callback, Guarded) or not callback.frames:
            return super().registerCallback(callback, *arguments)
        self._health = callback.health
        if self._health.synchronizer is not None:  # of before the inputs were connected again
            self._health.synchronizer.abandon()
        self._health.synchronizer = self
        with self._turn:
            for _ in self.queues[0]:
                self._receive()

        def take(*messages: Any) -> None:
            self._waiting -= 1
            callback.take(*messages)

        return super().registerCallback(take, *arguments)

    def add(self, msg: Any, my_queue: _Queue, *rest: Any) -> None:
        """Take a message of one of the filters. What the callback raises leaves nothing behind."""
        with self._turn:
            if my_queue is self.queues[0]:
                self._look_back(msg.header.stamp)
                self._came = {s: at for s, at in self._came.items() if s in my_queue}
                self._came[msg.header.stamp] = time.monotonic()
                self._receive()
            my_queue.pop(msg.header.stamp, None)
            while len(my_queue) >= self.queue_size:
                del my_queue[next(iter(my_queue))]
            self._matched = ()
            try:
                super().add(msg, my_queue, *rest)
                self._leave_behind()
            except BaseException:
                self._forget()
                raise
            finally:
                if self.lock.locked():  # by this call, for it is our turn
                    self.lock.release()
                self._drop()

    def signalMessage(self, *messages: Any) -> None:
        """Call back with messages of one moment."""
        self.matched_at = time.monotonic()
        self._matched = [message.header.stamp for message in messages]
        super().signalMessage(*messages)

    def _leave_behind(self) -> None:
        """Forget what is older than the last match, but not where that was far ahead of time."""
        for queue, matched in zip(self.queues, self._matched):
            for stamp in [s for s in queue if 0 < (matched - s).to_sec() < _LEAP]:
                del queue[stamp]

    def _look_back(self, stamp: genpy.Time) -> None:
        """Forget what stamps of the first filter after this one make worthless."""
        later = {s for s in self._stamps if s > stamp}
        if later:
            ahead = (min(later) - stamp).to_sec()
            if len(later) == len(set(self._stamps)) or ahead < _LEAP:
                self._forget()
            else:
                self._forget_stamps(later)
        self._stamps.append(stamp)

    def _forget_stamps(self, stamps: Collection[genpy.Time]) -> None:
        for stamp in stamps:
            self.queues[0].pop(stamp, None)
        kept = [s for s in self._stamps if s not in stamps]
        self._stamps = deque(kept, _REMEMBERED)

    def give_up(self, patience: float) -> None:
        """Drop the frames that it has held for longer [s]: what belongs to them does not come."""
        with self._turn:
            latest = time.monotonic() - patience
            held = self.queues[0]
            for stamp in [s for s in held if self._came.get(s, latest) <= latest]:
                del held[stamp]
            self._drop()

    def abandon(self) -> None:
        """Drop the frames that it holds: nothing comes to it any more."""
        with self._turn:
            self._forget()
            self._drop()
            self._health = None

    def _receive(self) -> None:
        if self._health is not None:
            self._health.receive()
            self._waiting += 1

    def _drop(self) -> None:
        """Account for the frames that left the queue without having been taken."""
        if self._health is not None:
            held = len(self.queues[0])
            self._health.account.drop(self._waiting - held)
            self._waiting = held

    def _forget(self) -> None:
        self._stamps.clear()
        for queue in self.queues:
            queue.clear()


class StampSynchronizer(_Forgetful, message_filters.TimeSynchronizer):
    """Messages of equal stamps."""

    remedy = "remap them to nodes that work on the same camera: the stamps must be equal"


class NearStampSynchronizer(_Forgetful, message_filters.ApproximateTimeSynchronizer):
    """Messages whose stamps differ by no more than a slop [s], which may be 0."""

    remedy = "have one clock stamp both, or raise ~slop"

    def __init__(
        self, filters: Sequence[message_filters.SimpleFilter], queue_size: int, slop: float
    ):
        # message_filters wants them to differ by less.
        super().__init__(filters, queue_size, slop + _NANOSECOND)

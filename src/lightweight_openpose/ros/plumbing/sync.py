"""Messages of the same moment, also after time went back."""

from __future__ import annotations

import threading

import message_filters


class _Forgetful:
    """Forgets what it holds when the stamps of the first filter go back.

    A full queue drops its oldest stamps: without this a bag that starts again would lose every
    message until it gets past the end of the last round.

    message_filters calls with its lock taken. When the callback raises it would keep the lock, at
    which every later message waits, and the messages, with which it would be called again.
    """

    def __init__(self, *arguments):
        self._stamp = None
        self._turn = threading.Lock()  # of one message at a time
        super().__init__(*arguments)

    def add(self, msg, my_queue, *rest):
        """Take a message of one of the filters. What the callback raises leaves nothing behind."""
        with self._turn:
            if my_queue is self.queues[0]:
                if self._stamp is not None and msg.header.stamp < self._stamp:
                    self._forget()
                self._stamp = msg.header.stamp
            try:
                super().add(msg, my_queue, *rest)
            except BaseException:
                self._forget()
                raise
            finally:
                if self.lock.locked():  # by this call, for it is our turn
                    self.lock.release()

    def _forget(self):
        for queue in self.queues:
            queue.clear()


class StampSynchronizer(_Forgetful, message_filters.TimeSynchronizer):
    """Messages of equal stamps."""


class NearStampSynchronizer(_Forgetful, message_filters.ApproximateTimeSynchronizer):
    """Messages whose stamps differ by less than a slop [s]."""

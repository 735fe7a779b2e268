"""Messages of the same moment, also after time went back."""

from __future__ import annotations

import message_filters


class _Forgetful:
    """Forgets what it holds when the stamps of the first filter go back.

    A full queue drops its oldest stamps: without this a bag that starts again would lose every
    message until it gets past the end of the last round.
    """

    _stamp = None

    def add(self, msg, my_queue, *rest):
        """Take a message of one of the filters."""
        if my_queue is self.queues[0]:
            if self._stamp is not None and msg.header.stamp < self._stamp:
                with self.lock:
                    for queue in self.queues:
                        queue.clear()
            self._stamp = msg.header.stamp
        super().add(msg, my_queue, *rest)


class StampSynchronizer(_Forgetful, message_filters.TimeSynchronizer):
    """Messages of equal stamps."""


class NearStampSynchronizer(_Forgetful, message_filters.ApproximateTimeSynchronizer):
    """Messages whose stamps differ by less than a slop [s]."""

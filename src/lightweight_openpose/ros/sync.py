"""Messages of the same stamp, also after time went back."""
from __future__ import annotations

import message_filters


class StampSynchronizer(message_filters.TimeSynchronizer):
    """TimeSynchronizer that forgets what it holds when the stamps of the first filter go back.

    A full queue drops its oldest stamps: without this a bag that starts again would lose every message until it gets
    past the end of the last round.
    """

    def __init__(self, filters, queue_size: int):
        self._stamp = None
        super().__init__(filters, queue_size)

    def add(self, msg, my_queue, *rest):
        if my_queue is self.queues[0]:
            if self._stamp is not None and msg.header.stamp < self._stamp:
                with self.lock:
                    for queue in self.queues:
                        queue.clear()
            self._stamp = msg.header.stamp
        super().add(msg, my_queue, *rest)

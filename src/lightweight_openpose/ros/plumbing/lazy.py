"""Work only while somebody listens."""

from __future__ import annotations

import threading
from typing import Callable, List

import rospy


class _Peers(rospy.SubscribeListener):
    """Tells that the subscribers of a publisher changed."""

    def __init__(self, changed):
        self._changed = changed

    def peer_subscribe(self, topic_name, topic_publish, peer_publish):
        self._changed()

    def peer_unsubscribe(self, topic_name, num_peers):
        self._changed()


class LazySubscriptions:
    """Connects inputs when one of its outputs gets its first subscriber.

    Disconnects them after the last one has left.
    """

    def __init__(self, connect: Callable[[], List], always: bool = False):
        """connect: makes the subscribers and returns them.

        always: connected also when nobody listens.
        """
        self._connect = connect
        self._always = always
        self._publishers = []
        self._subscribers = []
        self._lock = threading.Lock()

    def advertise(self, topic: str, kind, queue_size: int = 5) -> rospy.Publisher:
        """Publisher of an output, which counts from now on."""
        publisher = rospy.Publisher(topic, kind, _Peers(self.update), queue_size=queue_size)
        self._publishers.append(publisher)
        return publisher

    @property
    def wanted(self) -> bool:
        """Whether an output has a subscriber."""
        return self._always or any(p.get_num_connections() > 0 for p in self._publishers)

    def update(self) -> None:
        """Connect or disconnect by who listens now."""
        with self._lock:
            if self.wanted and not self._subscribers:
                self._subscribers = self._connect()
            elif not self.wanted and self._subscribers:
                for subscriber in self._subscribers:
                    subscriber.unregister()
                self._subscribers = []

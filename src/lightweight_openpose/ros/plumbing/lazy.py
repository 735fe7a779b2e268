"""Work only while somebody listens."""

from __future__ import annotations

import threading
from typing import Any, Callable, List, Type

import rospy

from .retire import retire


class _Peers(rospy.SubscribeListener):
    """Tells that the subscribers of a publisher changed."""

    def __init__(self, changed: Callable[[], object]):
        self._changed = changed

    def peer_subscribe(
        self,
        topic_name: str,
        topic_publish: Callable[[Any], None],
        peer_publish: Callable[[Any], None],
    ) -> None:
        self._changed()

    def peer_unsubscribe(self, topic_name: str, num_peers: int) -> None:
        self._changed()


class LazySubscriptions:
    """Connects inputs when one of its outputs gets its first subscriber.

    Disconnects them after the last one has left. The first update() is the owner's, once it is
    complete: who listens before that waits until then.
    """

    def __init__(self, connect: Callable[[], List[rospy.Subscriber]], always: bool = False):
        """connect: makes the subscribers and returns them.

        always: connected also when nobody listens.
        """
        self._connect = connect
        self._always = always
        self._publishers: List[rospy.Publisher] = []
        self._subscribers: List[rospy.Subscriber] = []
        self._lock = threading.Lock()
        self._begun = False

    def advertise(
        self, topic: str, kind: Type[rospy.Message], queue_size: int = 5
    ) -> rospy.Publisher:
        """Publisher of an output, which counts from now on."""
        publisher = rospy.Publisher(topic, kind, _Peers(self._on_change), queue_size=queue_size)
        self._publishers.append(publisher)
        return publisher

    @property
    def wanted(self) -> bool:
        """Whether an output has a subscriber."""
        return self._always or any(p.get_num_connections() > 0 for p in self._publishers)

    def update(self) -> None:
        """Connect or disconnect by who listens now."""
        with self._lock:
            self._begun = True
            if self.wanted and not self._subscribers:
                self._subscribers = self._connect()
            elif not self.wanted and self._subscribers:
                for subscriber in self._subscribers:
                    retire(subscriber)
                self._subscribers = []

    def _on_change(self) -> None:
        if not self._begun:
            return
        try:
            self.update()
        except Exception as error:  # rospy's thread that accepts connections lives on
            text = "%s: inputs not connected: %s"
            rospy.logerr_throttle(2, text, rospy.get_name(), error)

"""Messages of a topic, for the node tests."""
import threading
import time

import rospy

TIMEOUT = 60  # s


class Inbox:
    """Messages of a topic by stamp."""

    def __init__(self, topic, kind):
        self.messages, self.ages, self.arrivals, self._condition = {}, [], [], threading.Condition()
        self.subscriber = rospy.Subscriber(topic, kind, self._on, queue_size=100, buff_size=1 << 24)

    def _on(self, msg):
        with self._condition:
            self.messages[msg.header.stamp] = msg
            self.arrivals.append(time.time())
            self.ages.append((rospy.Time.now() - msg.header.stamp).to_sec())
            self._condition.notify_all()

    def wait(self, stamp, timeout=TIMEOUT):
        with self._condition:
            self._condition.wait_for(lambda: stamp in self.messages, timeout)
            return self.messages.get(stamp)

    def __enter__(self):
        wait_until(lambda: self.subscriber.get_num_connections() > 0)
        return self

    def __exit__(self, *_):
        self.subscriber.unregister()


def wait_until(condition, timeout=TIMEOUT):
    """True as soon as condition() holds, False after timeout [s]."""
    end = time.time() + timeout
    while time.time() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False

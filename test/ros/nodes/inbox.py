"""Messages of a topic, reports, and the picture of one person, for the node tests."""

import os
import queue
import threading
import time

import cv2
import rosgraph
import rospy
from diagnostic_msgs.msg import DiagnosticArray

TIMEOUT = 60  # s


def one_person():
    """(512, 512, 3) photograph of a person; what could be taken for another one is grey."""
    image = cv2.imread(os.path.join(rospy.get_param("~samples"), "4-astronaut.png"))
    assert image is not None, "the sample footage is not here: tools/fetch_samples.sh"
    image[300:, 330:] = image[:300, 300:] = image[:330, :150] = 128
    return image


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


def wait_for_subscribers(publisher, *nodes):
    """True as soon as each of the nodes is connected, False after TIMEOUT.

    A count alone can be met by a node that is about to leave.
    """
    return wait_until(lambda: {*nodes} <= {c[1] for c in publisher.impl.get_stats_info()})


def wait_for_logs(subscriber, *nodes):
    """True as soon as what the nodes log arrives at the subscriber of /rosout, else False."""

    def connected():
        publishers = dict(rosgraph.Master(rospy.get_name()).getSystemState()[0]).get("/rosout", [])
        return {*nodes} <= {*publishers} and subscriber.get_num_connections() >= len(publishers)

    return wait_until(connected)


def wait_for_status(wanted, timeout=TIMEOUT):
    """First status that comes on /diagnostics and is wanted(status), None after timeout [s].

    It stays subscribed: of nodes that report at the same rate, rospy.wait_for_message can hear the
    same one each time.
    """
    arrived = queue.Queue()
    subscriber = rospy.Subscriber("/diagnostics", DiagnosticArray, arrived.put)
    end = time.time() + timeout
    try:
        while True:
            for status in arrived.get(timeout=max(end - time.time(), 0.001)).status:
                if wanted(status):
                    return status
    except queue.Empty:
        return None
    finally:
        subscriber.unregister()

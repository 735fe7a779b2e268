"""Topics that end give their descriptors back, and rospy goes on."""

import pytest

rospy = pytest.importorskip("rospy", reason="ROS is not sourced")
from rospy.impl.registration import get_topic_manager
from std_msgs.msg import String

from lightweight_openpose.ros.plumbing.retire import retire


class Connection:
    """One that rospy finds broken; what it calls when it is removed ends the other topic."""

    endpoint_id, closed = "/gone", False

    def __init__(self, end):
        self.close = end

    def fileno(self):
        return -7


def test_a_topic_may_end_while_rospy_looks_at_all_topics(monkeypatch):
    """A listener that is gone ends what nobody wants any more, in the thread that found it out."""
    first, second = (rospy.Publisher(f"/retired_{i}", String, queue_size=1) for i in (1, 2))
    broken, later = first.impl, second.impl
    broken.connections = [Connection(lambda: retire(second))]
    monkeypatch.setattr(broken.connection_poll, "error_iter", lambda: iter([-7]))
    monkeypatch.setattr(broken.connection_poll, "remove_fd", lambda fd: None)
    try:
        get_topic_manager().check_all()
        assert later.closed and later.connection_poll.poller.closed
        get_topic_manager().check_all()
    finally:
        retire(first)


def test_a_topic_that_others_use_stays():
    first, second = (rospy.Publisher("/shared", String, queue_size=1) for _ in range(2))
    retire(first)
    assert not second.impl.closed and not second.impl.connection_poll.poller.closed
    retire(second)

"""Inputs are connected for those who listen, and not before their owner is complete."""
from unittest import mock

from lightweight_openpose.ros.plumbing import lazy


class Publisher:
    """Stands for a rospy.Publisher: it has a listener from the moment that it is there."""

    def __init__(self, topic, kind, peers, queue_size):
        peers.peer_subscribe(topic, None, None)

    def get_num_connections(self):
        return 1


def test_a_listener_who_is_already_there_waits_until_the_owner_is_complete():
    connected = []
    inputs = lazy.LazySubscriptions(lambda: connected.append("inputs") or ["inputs"])
    with mock.patch.object(lazy.rospy, "Publisher", Publisher):
        inputs.advertise("~poses", None)
        assert connected == []
        inputs.update()
        assert connected == ["inputs"]
        inputs.advertise("~more", None)
    assert connected == ["inputs"]

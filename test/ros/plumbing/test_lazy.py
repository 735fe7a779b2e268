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


def test_what_fails_to_connect_harms_nobody_and_is_tried_again():
    said, attempts = [], []

    def connect():
        attempts.append(1)
        if len(attempts) == 2:
            raise OSError("no master")
        return ["inputs"] if len(attempts) > 2 else []

    inputs = lazy.LazySubscriptions(connect)
    with mock.patch.object(lazy.rospy, "Publisher", Publisher), mock.patch.object(
        lazy.rospy, "logerr_throttle", lambda period, text, *words: said.append(text % words)
    ):
        inputs.update()  # nobody listens
        inputs.advertise("~poses", None)
        inputs.advertise("~more", None)  # fails
        inputs.advertise("~most", None)
        inputs.advertise("~again", None)
    assert len(attempts) == 3 and len(said) == 1 and "not connected: no master" in said[0]

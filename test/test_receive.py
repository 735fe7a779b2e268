"""Reading a socket as rospy does; needs ROS."""
import io
import socket

import pytest

pytest.importorskip("rospy", reason="ROS is not sourced")
from rospy.impl import tcpros_base

from lightweight_openpose.ros.receive import reuse_receive_buffers


def test_bytes_arrive_whole_and_in_order_and_the_end_is_told(monkeypatch):
    monkeypatch.setattr(tcpros_base, "recv_buff", tcpros_base.recv_buff)
    reuse_receive_buffers()
    here, there = socket.socketpair()
    sent, buffer = bytes(range(256)) * 300, io.BytesIO()
    there.sendall(sent)
    there.close()
    while buffer.tell() < len(sent):
        assert tcpros_base.recv_buff(here, buffer, 1000) <= 1000
    assert buffer.getvalue() == sent
    with pytest.raises(tcpros_base.TransportTerminated):
        tcpros_base.recv_buff(here, buffer, 1000)


def test_nothing_there_yet_is_no_end(monkeypatch):
    monkeypatch.setattr(tcpros_base, "recv_buff", tcpros_base.recv_buff)
    reuse_receive_buffers()
    here, there = socket.socketpair()
    here.setblocking(False)
    assert tcpros_base.recv_buff(here, io.BytesIO(), 1000) == 0
    there.close()

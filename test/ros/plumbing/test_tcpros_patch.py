"""Reading a socket as rospy does; needs ROS."""

import io
import socket
import struct
import threading

import pytest

pytest.importorskip("rospy", reason="ROS is not sourced")
from rospy.impl import tcpros_base

from lightweight_openpose.ros.plumbing.image_topics import POSE_BYTES
from lightweight_openpose.ros.plumbing.tcpros_patch import patch_recv_buff


def test_bytes_arrive_whole_and_in_order_and_the_end_is_told(monkeypatch):
    monkeypatch.setattr(tcpros_base, "recv_buff", tcpros_base.recv_buff)
    patch_recv_buff()
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
    patch_recv_buff()
    here, there = socket.socketpair()
    here.setblocking(False)
    assert tcpros_base.recv_buff(here, io.BytesIO(), 1000) == 0
    there.close()


def test_large_messages_come_one_at_a_time_and_whole(monkeypatch):
    monkeypatch.setattr(tcpros_base, "recv_buff", tcpros_base.recv_buff)
    patch_recv_buff()
    here, there = socket.socketpair()
    messages = [bytes([i]) * (3_000_000 - 999_999 * i) for i in range(4)] + [b""]
    sender = threading.Thread(
        target=lambda: there.sendall(b"".join(struct.pack("<I", len(m)) + m for m in messages))
    )
    sender.start()
    received, buffer, queue = [], io.BytesIO(), []
    while len(received) < len(messages):
        tcpros_base.recv_buff(here, buffer, 1 << 26)
        tcpros_base.deserialize_messages(buffer, queue, _Raw)
        received += [m.data for m in queue]
        queue.clear()
    sender.join()
    there.close()
    assert received == messages
    with pytest.raises(tcpros_base.TransportTerminated):
        tcpros_base.recv_buff(here, buffer, 1 << 26)


def test_an_absurd_length_ends_the_connection_and_takes_no_memory(monkeypatch):
    monkeypatch.setattr(tcpros_base, "recv_buff", tcpros_base.recv_buff)
    patch_recv_buff()
    here, there = socket.socketpair()
    there.sendall(b"\xff" * 8)
    buffer = io.BytesIO()
    tcpros_base.recv_buff(here, buffer, 1 << 26)
    with pytest.raises(tcpros_base.TransportTerminated, match="4294967299 bytes"):
        tcpros_base.recv_buff(here, buffer, 1 << 26)
    assert len(buffer.getvalue()) == 4


def test_a_length_that_is_only_announced_takes_no_memory(monkeypatch):
    monkeypatch.setattr(tcpros_base, "recv_buff", tcpros_base.recv_buff)
    patch_recv_buff()
    here, there = socket.socketpair()
    there.sendall(struct.pack("<I", 1_000_000_000) + b"x")
    there.shutdown(socket.SHUT_WR)
    buffer = io.BytesIO()
    while buffer.tell() < 5:
        tcpros_base.recv_buff(here, buffer, 1 << 26)
    assert len(buffer.getbuffer()) < 1 << 24
    with pytest.raises(tcpros_base.TransportTerminated):
        tcpros_base.recv_buff(here, buffer, 1 << 26)


def test_a_buffer_grows_with_what_has_come(monkeypatch):
    monkeypatch.setattr(tcpros_base, "recv_buff", tcpros_base.recv_buff)
    patch_recv_buff()
    here, there = socket.socketpair()
    message = bytes(range(256)) * 300_000  # 77 MB
    sender = threading.Thread(
        target=lambda: there.sendall(struct.pack("<I", len(message)) + message)
    )
    sender.start()
    buffer, queue = io.BytesIO(), []
    while not queue:
        tcpros_base.recv_buff(here, buffer, 1 << 26)
        assert len(buffer.getbuffer()) <= max(2 * buffer.tell(), 1 << 23)
        tcpros_base.deserialize_messages(buffer, queue, _Raw)
    sender.join()
    assert queue[0].data == message


class _Raw:
    def deserialize(self, data):
        self.data = data
        return self


def test_of_poses_all_that_came_meanwhile_is_read_at_once(monkeypatch):
    """So that rospy's queue keeps the newest, and no backlog waits in the connection."""
    monkeypatch.setattr(tcpros_base, "recv_buff", tcpros_base.recv_buff)
    patch_recv_buff()
    here, there = socket.socketpair()
    messages = [bytes([i]) * 1000 for i in range(50)]
    there.sendall(b"".join(struct.pack("<I", len(m)) + m for m in messages))
    buffer, queue = io.BytesIO(), []
    tcpros_base.recv_buff(here, buffer, POSE_BYTES)
    tcpros_base.deserialize_messages(buffer, queue, _Raw, queue_size=5)
    assert [m.data for m in queue] == messages[-5:]
    there.close()

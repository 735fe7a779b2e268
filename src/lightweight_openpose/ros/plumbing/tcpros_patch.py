"""A cheaper way for rospy to read large messages from its sockets."""

from __future__ import annotations

import errno
import socket
import struct
import threading
from io import BytesIO

from rospy.impl import tcpros_base

LARGE = 1 << 24  # buff_size [bytes] from which a subscription is one of images
_LONGEST = 1 << 30  # bytes; a longer message is an error of the sender
_PIECE = 1 << 20  # bytes per read of other connections
_ROOM = 1 << 23  # bytes that a message is given before as many have come; most images fit
_local = threading.local()


def patch_recv_buff() -> None:
    """Let this process read images straight into the buffer that rospy takes them from.

    rospy asks the socket for buff_size bytes at once, and Python makes a new object of that size
    for each of the many pieces in which an image comes: for large images this costs more than all
    other copies together. rospy has no setting for it, so its function is replaced by one that does
    the same.
    """
    tcpros_base.recv_buff = _receive


def announced_end(b: BytesIO) -> int:
    """Where in the buffer b the message that it begins with will end [bytes].

    That is 4 while its length has not come. Raises TransportTerminated for a length that no message
    has.
    """
    end = 4 + (struct.unpack_from("<I", b.getbuffer())[0] if b.tell() >= 4 else 0)
    if end > _LONGEST:
        raise tcpros_base.TransportTerminated(
            f"a message of {end} bytes was announced: not from ROS"
        )
    return end


def _receive(sock: socket.socket, b: BytesIO, buff_size: int) -> int:
    """Append what the socket has to the buffer b; the number of bytes.

    Raises TransportTerminated as rospy's own does.
    """
    try:
        count = _rest_of_message(sock, b) if buff_size >= LARGE else _piece(sock, b, buff_size)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EWOULDBLOCK):
            return 0
        raise tcpros_base.TransportTerminated(
            f"unable to receive data from sender: {error}"
        ) from None
    if not count:
        raise tcpros_base.TransportTerminated(
            "unable to receive data from sender, check sender's logs for details"
        )
    return count


def _piece(sock: socket.socket, b: BytesIO, buff_size: int) -> int:
    if not hasattr(_local, "piece"):
        _local.piece = memoryview(bytearray(_PIECE))
    count = sock.recv_into(_local.piece, min(_PIECE, buff_size))
    b.write(_local.piece[:count])
    return count


def _rest_of_message(sock: socket.socket, b: BytesIO) -> int:
    """Read to the end of the length field, or, once it is there, to the end of the message.

    The buffer grows with what has come, for a length is only announced: it is never more than
    twice as large, or _ROOM. A message that fits into that is not copied.
    """
    start = b.tell()
    end = min(announced_end(b), max(2 * start, _ROOM))
    if len(b.getbuffer()) < end:
        b.seek(end - 1)
        b.write(b"\0")
    with b.getbuffer() as whole:
        count = sock.recv_into(whole[start:end], end - start, socket.MSG_WAITALL)
    b.seek(start + count)
    return count

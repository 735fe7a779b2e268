"""A leaner way for rospy to read its sockets."""
from __future__ import annotations

import errno
import threading

from rospy.impl import tcpros_base

_PIECE = 1 << 20  # bytes per read
_local = threading.local()


def reuse_receive_buffers() -> None:
    """Let this process read every topic into one buffer per thread.

    rospy asks the socket for buff_size bytes at once, and Python makes a new object of that size for each of the many
    pieces in which an image comes: for large images this costs more than all other copies together. rospy has no setting
    for it, so its function is replaced by one that does the same.
    """
    tcpros_base.recv_buff = _receive


def _receive(sock, b, buff_size) -> int:
    """Append what the socket has to the buffer b; the number of bytes. Raises TransportTerminated as rospy's own does."""
    if not hasattr(_local, "piece"):
        _local.piece = memoryview(bytearray(_PIECE))
    try:
        count = sock.recv_into(_local.piece, min(_PIECE, buff_size))
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EWOULDBLOCK):
            return 0
        raise tcpros_base.TransportTerminated(f"unable to receive data from sender: {error}") from None
    if not count:
        raise tcpros_base.TransportTerminated("unable to receive data from sender, check sender's logs for details")
    b.write(_local.piece[:count])
    return count

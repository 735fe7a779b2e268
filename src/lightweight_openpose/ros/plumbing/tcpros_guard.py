"""Connections of rospy that a peer can neither hold up nor leave deaf.

rospy reads the handshakes of all who connect one after the other, in the thread that accepts them
and without a deadline: one that says nothing keeps all others waiting. Here each is read in a thread of
its own, and of two connections of one node to one topic the later one stays, as with rospy. And a
subscription whose message cannot be read goes on with what is left of it, or ends. rospy has no
settings for either, so its functions are replaced here. Those that are replaced, and those that are
called, are looked at first: a rospy in which they are others stays as it is.
"""

from __future__ import annotations

import inspect
import socket
import threading
import time
from io import BytesIO
from types import ModuleType
from typing import Any, Callable, Dict, List, MutableMapping, Optional, Tuple, Union
from weakref import WeakKeyDictionary, WeakValueDictionary

from rosgraph.network import ROSHandshakeException
from rospy import topics
from rospy.exceptions import TransportException
from rospy.impl import registration, tcpros_base, tcpros_pubsub, tcpros_service

from .connection_faults import HANDSHAKES, REQUESTS, faults
from .tcpros_links import start_link
from .tcpros_patch import announced_end

DEADLINE = 30.0  # s, for a whole handshake
MAX_HANDSHAKES = 64  # at once; a robot's nodes that all start together need fewer
_MAX_HEADER = 1 << 20  # bytes; a header with the definition of a large message has some 10^4
_PIECE = 1 << 16  # bytes
_ACCEPT_PAUSE = 0.2  # s, when the system gives no more connections

_Address = Tuple[Any, ...]  # of the peer, as accept() of a socket of IPv4 or IPv6 gives it
_Handler = Callable[[socket.socket, _Address], object]

_LINK_PARAMETERS = "conn dest_addr dest_port pub_uri receive_cb resolved_topic_name"
# What has to be there, and with which parameters.
_EXPECTED = (
    (tcpros_base, "TCPServer.run", "self"),
    (tcpros_base, "read_ros_handshake_header", "sock b buff_size"),
    (tcpros_base, "TCPROSTransportProtocol.read_messages", "self b msg_queue sock"),
    (tcpros_base, "TCPROSTransport.connect", "self dest_addr dest_port endpoint_id timeout"),
    (tcpros_base, "TCPROSTransport.receive_once", "self"),
    (tcpros_pubsub, "robust_connect_subscriber", _LINK_PARAMETERS),
    (tcpros_pubsub, "TCPROSHandler.topic_connection_handler", "self sock client_addr header"),
    (topics, "_TopicManager.get_publisher_impl", "self resolved_name"),
    (tcpros_service, "ServiceImpl.handle", "self transport header"),
)


def _found(module: ModuleType, path: str) -> Any:
    """A function of rospy, None where this one has none of that name."""
    found: Any = module
    for name in path.split("."):
        found = getattr(found, name, None)
    return found


_read_header = _found(tcpros_base, "read_ros_handshake_header")
_read_messages = _found(tcpros_base, "TCPROSTransportProtocol.read_messages")
_handle = _found(tcpros_service, "ServiceImpl.handle")
_connect_topic = _found(tcpros_pubsub, "TCPROSHandler.topic_connection_handler")


class _Handshakes:
    """Handshakes in threads of their own. One too many ends the one that has waited longest."""

    def __init__(self) -> None:
        self._slots = threading.BoundedSemaphore(MAX_HANDSHAKES)
        self._open: Dict[socket.socket, None] = {}  # in the order in which they came
        self._lock = threading.Lock()
        self._count = 0
        # Socket -> its number in the order in which all came, for as long as it is used.
        self._numbers: MutableMapping[socket.socket, int] = WeakKeyDictionary()
        # Topic, node -> held while a connection of that node becomes one of the topic.
        self._turns: MutableMapping[Tuple[str, str], threading.Lock] = WeakValueDictionary()

    def begin(self, handler: _Handler, sock: socket.socket, address: _Address) -> None:
        """Call handler(sock, address) in a thread; it closes the socket, or keeps it."""
        with self._lock:
            if len(self._open) >= MAX_HANDSHAKES:
                _hang_up(next(iter(self._open)))
            self._open[sock] = None
            self._count += 1
            self._numbers[sock] = self._count
        if not self._slots.acquire(timeout=1.0):
            self._refuse(sock, "too many at once")
            return
        arguments = (handler, sock, address)
        try:
            threading.Thread(target=self._run, args=arguments, daemon=True).start()
        except RuntimeError as error:  # the system gives no more threads
            self._slots.release()
            self._refuse(sock, error)

    def turn(self, topic: str, node: str) -> threading.Lock:
        """What one holds who adds a connection of the node to the topic, or sees which it has."""
        with self._lock:
            return self._turns.setdefault((topic, node), threading.Lock())

    def came_before(self, sock: socket.socket, other: socket.socket) -> bool:
        """Whether a socket was accepted before another one."""
        return self._numbers.get(sock, 0) < self._numbers.get(other, 0)

    def _run(self, handler: _Handler, sock: socket.socket, address: _Address) -> None:
        try:
            handler(sock, address)
            self._forget(sock)
        except Exception as error:  # the node outlives any one connection
            self._refuse(sock, error)
        finally:
            self._slots.release()

    def _refuse(self, sock: socket.socket, reason: Union[Exception, str]) -> None:
        faults.note(HANDSHAKES, reason)
        self._forget(sock)
        sock.close()

    def _forget(self, sock: socket.socket) -> None:
        with self._lock:
            self._open.pop(sock, None)


_handshakes = _Handshakes()


def guard_connections() -> str:
    """Guard all connections that this process makes or takes from now on.

    Returns why this rospy cannot be guarded, in one line; empty where it is.
    """
    others = [
        path
        for module, path, names in _EXPECTED
        if _parameters(_found(module, path)) != names.split()
    ]
    if others:
        return f"not as in rospy 1.15 to 1.17: {', '.join(others)}"
    tcpros_base.TCPServer.run = _accept
    tcpros_base.read_ros_handshake_header = _read_header_in_time
    tcpros_base.TCPROSTransportProtocol.read_messages = _read_messages_of_length
    tcpros_pubsub.robust_connect_subscriber = start_link
    tcpros_pubsub.TCPROSHandler.topic_connection_handler = _take_connection
    tcpros_service.ServiceImpl.handle = _handle_requests
    return ""


def _parameters(function: Optional[Callable[..., Any]]) -> Optional[List[str]]:
    return None if function is None else list(inspect.signature(function).parameters)


def _hang_up(sock: socket.socket) -> None:
    """End the connection, also for a thread that reads from it."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it has ended


def _accept(self: tcpros_base.TCPServer) -> None:
    """In the place of TCPServer.run: it goes on whatever becomes of one connection."""
    self.is_shutdown = False
    while not self.is_shutdown:
        try:
            sock, address = self.server_sock.accept()
        except socket.timeout:
            continue
        except OSError as error:
            if not self.is_shutdown:
                faults.note(HANDSHAKES, error)
                time.sleep(_ACCEPT_PAUSE)
            continue
        _handshakes.begin(self.inbound_handler, sock, address)


def _take_connection(
    self: Any, sock: socket.socket, client_addr: _Address, header: Dict[str, str]
) -> Optional[str]:
    """In the place of TCPROSHandler.topic_connection_handler: the later connection stays.

    rospy drops the connection that a node has to a topic when another one is added. A subscriber
    connects two times where it hears two times of a publisher, and closes the first; whose header
    may be read last here.
    """
    topic, node = header.get("topic", ""), header.get("callerid", "")
    with _handshakes.turn(topic, node):
        if _is_replaced(sock, topic, node):
            sock.close()
            return None
        return _connect_topic(self, sock, client_addr, header)


def _is_replaced(sock: socket.socket, topic: str, node: str) -> bool:
    publisher = registration.get_topic_manager().get_publisher_impl(topic)
    connections = [] if publisher is None else publisher.connections
    return any(
        connection.endpoint_id == node
        and not connection.done
        and _handshakes.came_before(sock, connection.socket)
        for connection in connections
    )


class _UntilDeadline:
    """A socket for reading a header, which has an end in time and in size."""

    def __init__(self, sock: socket.socket):
        self.silent = False  # it was closed before anything came
        self._came = False
        self._sock = sock
        self._end = time.monotonic() + DEADLINE
        self._left = _MAX_HEADER

    def recv(self, size: int) -> bytes:
        """Bytes that came. Raises ROSHandshakeException when time or size is used up."""
        if self._left <= 0:
            raise ROSHandshakeException(f"a header of more than {_MAX_HEADER} bytes")
        self._sock.settimeout(max(self._end - time.monotonic(), 1e-3))
        try:
            data = self._sock.recv(min(size, _PIECE))
        except socket.timeout:
            raise ROSHandshakeException(f"no header within {DEADLINE:.0f} s") from None
        self._left -= len(data)
        self.silent = not (data or self._came)
        self._came = True
        return data


def _read_header_in_time(sock: socket.socket, b: BytesIO, buff_size: int) -> Dict[str, str]:
    """In the place of read_ros_handshake_header, for those who connect and those connected to.

    Who connects and leaves without a word is no fault: rospy does so when it connected two times.
    """
    timed = _UntilDeadline(sock)
    try:
        header = _read_header(timed, b, buff_size)
        sock.settimeout(None)
    except Exception as error:
        if not timed.silent:
            faults.note(HANDSHAKES, error)
        raise
    return header


def _read_messages_of_length(
    self: tcpros_base.TCPROSTransportProtocol,
    b: BytesIO,
    msg_queue: List[Any],
    sock: socket.socket,
) -> None:
    """In the place of TCPROSTransportProtocol.read_messages: an absurd length ends the link."""
    announced_end(b)
    _read_messages(self, b, msg_queue, sock)


def _handle_requests(
    self: tcpros_service.ServiceImpl,
    transport: tcpros_base.TCPROSTransport,
    header: Dict[str, str],
) -> None:
    """In the place of ServiceImpl.handle: a request that cannot be read ends its connection."""
    try:
        _handle(self, transport, header)
    except (TransportException, OSError) as error:
        faults.note(REQUESTS, f"{self.resolved_name}: {error}")
    finally:
        transport.close()

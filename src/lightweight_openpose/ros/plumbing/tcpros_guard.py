"""Connections of rospy that a peer can neither hold up nor leave deaf.

rospy reads the handshakes of all who connect one after the other, in the thread that accepts them
and without a deadline: one that says nothing keeps all others waiting. And a subscription whose
message cannot be read goes on with what is left of it, or ends. rospy has no settings for either,
so its functions are replaced here. Those that are replaced, and those that are called, are looked
at first: a rospy in which they are others stays as it is.
"""

from __future__ import annotations

import inspect
import socket
import threading
import time
from collections import Counter
from http.client import HTTPException
from xml.parsers.expat import ExpatError
from xmlrpc.client import Error as XmlRpcError
from xmlrpc.client import ServerProxy

import rospy
from diagnostic_msgs.msg import DiagnosticStatus
from rosgraph.network import ROSHandshakeException
from rospy.exceptions import TransportException
from rospy.impl import tcpros_base, tcpros_pubsub, tcpros_service

from .reasons import NewKinds
from .tcpros_patch import announced_end

DEADLINE = 30.0  # s, for a whole handshake
MAX_HANDSHAKES = 64  # at once; a robot's nodes that all start together need fewer
_MAX_HEADER = 1 << 20  # bytes; a header with the definition of a large message has some 10^4
_PIECE = 1 << 16  # bytes
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0  # s, before a link is made anew
_ACCEPT_PAUSE = 0.2  # s, when the system gives no more connections
_RECENT = 10.0  # s, for which a fault is the message on /diagnostics

_HANDSHAKES, _LINKS, _REQUESTS = "handshakes given up", "links made anew", "requests not read"
_LINK_PARAMETERS = "conn dest_addr dest_port pub_uri receive_cb resolved_topic_name"
# What has to be there, and with which parameters.
_EXPECTED = (
    (tcpros_base.TCPServer, "run", "self"),
    (tcpros_base, "read_ros_handshake_header", "sock b buff_size"),
    (tcpros_base.TCPROSTransportProtocol, "read_messages", "self b msg_queue sock"),
    (tcpros_base.TCPROSTransport, "connect", "self dest_addr dest_port endpoint_id timeout"),
    (tcpros_base.TCPROSTransport, "receive_once", "self"),
    (tcpros_pubsub, "robust_connect_subscriber", _LINK_PARAMETERS),
    (tcpros_service.ServiceImpl, "handle", "self transport header"),
)
_read_header = tcpros_base.read_ros_handshake_header
_read_messages = tcpros_base.TCPROSTransportProtocol.read_messages
_handle = tcpros_service.ServiceImpl.handle


class ConnectionFaults:
    """Counts what went wrong with connections of this node, from all threads."""

    def __init__(self):
        self._counts = Counter({_HANDSHAKES: 0, _LINKS: 0, _REQUESTS: 0})
        self._last = ""  # fault, in one line
        self._when = float("-inf")  # s
        self._kinds = NewKinds()
        self._lock = threading.Lock()

    def note(self, what: str, reason) -> None:
        """A fault: counted, and each kind said once in two seconds."""
        told = f"{what}: {' '.join(str(reason).split())}"
        with self._lock:
            self._counts[what] += 1
            self._last, self._when = told, time.monotonic()
            new = self._kinds.is_new(told)
        if new:
            rospy.logwarn("%s: %s", rospy.get_name(), told)

    def __getitem__(self, what: str) -> int:
        """How often it went wrong."""
        return self._counts[what]

    def fill(self, status):
        """The counts as a status; a fault of the last seconds is its message."""
        with self._lock:
            if time.monotonic() - self._when < _RECENT:
                status.summary(DiagnosticStatus.WARN, self._last)
            else:
                status.summary(DiagnosticStatus.OK, "connections are well")
            for what, count in self._counts.items():
                status.add(what, str(count))
        return status


class _Handshakes:
    """Handshakes in threads of their own. One too many ends the one that has waited longest."""

    def __init__(self):
        self._slots = threading.BoundedSemaphore(MAX_HANDSHAKES)
        self._open = {}  # socket -> None, in the order in which they came
        self._lock = threading.Lock()

    def begin(self, handler, sock, address) -> None:
        """Call handler(sock, address) in a thread; it closes the socket, or keeps it."""
        with self._lock:
            if len(self._open) >= MAX_HANDSHAKES:
                _hang_up(next(iter(self._open)))
            self._open[sock] = None
        try:
            if not self._slots.acquire(timeout=1.0):
                raise RuntimeError("too many at once")
            arguments = (handler, sock, address)
            threading.Thread(target=self._run, args=arguments, daemon=True).start()
        except RuntimeError as error:  # or the system gives no more threads
            self._forget(sock)
            sock.close()
            faults.note(_HANDSHAKES, error)

    def _run(self, handler, sock, address):
        try:
            handler(sock, address)
        except Exception as error:  # the node outlives any one connection
            sock.close()
            faults.note(_HANDSHAKES, error)
        finally:
            self._forget(sock)
            self._slots.release()

    def _forget(self, sock):
        with self._lock:
            self._open.pop(sock, None)


faults = ConnectionFaults()  # of this process, which is one node
_handshakes = _Handshakes()


def guard_connections() -> str:
    """Guard all connections that this process makes or takes from now on.

    Returns why this rospy cannot be guarded, in one line; empty where it is.
    """
    others = [name for owner, name, names in _EXPECTED if _parameters(owner, name) != names.split()]
    if others:
        return f"{', '.join(others)} is another than in rospy 1.15 to 1.17"
    tcpros_base.TCPServer.run = _accept
    tcpros_base.read_ros_handshake_header = _read_header_in_time
    tcpros_base.TCPROSTransportProtocol.read_messages = _read_messages_of_length
    tcpros_pubsub.robust_connect_subscriber = _start_link
    tcpros_service.ServiceImpl.handle = _handle_requests
    return ""


def _parameters(owner, name):
    function = getattr(owner, name, None)
    return None if function is None else list(inspect.signature(function).parameters)


def _hang_up(sock):
    """End the connection, also for a thread that reads from it."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it has ended


def _accept(self):
    """In the place of TCPServer.run: it goes on whatever becomes of one connection."""
    self.is_shutdown = False
    while not self.is_shutdown:
        try:
            sock, address = self.server_sock.accept()
        except socket.timeout:
            continue
        except OSError as error:
            if not self.is_shutdown:
                faults.note(_HANDSHAKES, error)
                time.sleep(_ACCEPT_PAUSE)
            continue
        _handshakes.begin(self.inbound_handler, sock, address)


class _UntilDeadline:
    """A socket for reading a header, which has an end in time and in size."""

    def __init__(self, sock):
        self._sock = sock
        self._end = time.monotonic() + DEADLINE
        self._left = _MAX_HEADER

    def recv(self, size):
        """Bytes that came. Raises ROSHandshakeException when time or size is used up."""
        if self._left <= 0:
            raise ROSHandshakeException(f"a header of more than {_MAX_HEADER} bytes")
        self._sock.settimeout(max(self._end - time.monotonic(), 1e-3))
        try:
            data = self._sock.recv(min(size, _PIECE))
        except socket.timeout:
            raise ROSHandshakeException(f"no header within {DEADLINE:.0f} s") from None
        self._left -= len(data)
        return data


def _read_header_in_time(sock, b, buff_size):
    """In the place of read_ros_handshake_header, for those who connect and those connected to."""
    try:
        header = _read_header(_UntilDeadline(sock), b, buff_size)
        sock.settimeout(None)
    except Exception as error:
        faults.note(_HANDSHAKES, error)
        raise
    return header


def _read_messages_of_length(self, b, msg_queue, sock):
    """In the place of TCPROSTransportProtocol.read_messages: an absurd length ends the link."""
    announced_end(b)
    _read_messages(self, b, msg_queue, sock)


def _start_link(conn, dest_addr, dest_port, pub_uri, receive_cb, resolved_topic_name):
    """In the place of robust_connect_subscriber; the thread is one that no exit waits for."""
    arguments = (conn, dest_addr, dest_port, pub_uri, receive_cb, resolved_topic_name)
    threading.Thread(target=_keep_link, args=arguments, daemon=True).start()


def _keep_link(conn, address, port, uri, receive, topic):
    """Receive for as long as the topic is subscribed to and the publisher publishes it."""
    subscription, protocol, wait = receive.__self__, conn.protocol, _FIRST_WAIT
    while True:
        fault = _receive(conn, address, port, uri, receive)
        if "error" in (conn.header or {}):
            return  # the publisher refuses this subscription, such as for its type
        time.sleep(wait)
        wait = _FIRST_WAIT if conn.stat_num_msg else min(2 * wait, _LONGEST_WAIT)
        given_up = rospy.is_shutdown() or subscription.closed or subscription.has_connection(uri)
        if given_up or not _publishes(uri, topic):
            return
        conn = tcpros_base.TCPROSTransport(protocol, topic)
        conn.set_endpoint_id(uri)
        if not subscription.add_connection(conn):
            return
        faults.note(_LINKS, f"{topic} from {uri}: {fault}")


def _receive(conn, address, port, uri, receive):
    """Connect and receive until the connection ends; why it did."""
    try:
        conn.connect(address, port, uri, timeout=DEADLINE)
        while not conn.done and not rospy.is_shutdown():
            receive(conn.receive_once(), conn)
    except (TransportException, OSError) as error:
        return error
    finally:
        conn.close()
    return "closed"


def _publishes(uri, topic):
    """Whether the node at this URI publishes the topic; a network that is away may come back."""
    try:
        code, _, topics = ServerProxy(uri).getPublications(rospy.get_name())
        return code == 1 and any(name == topic for name, *_ in topics)
    except (ConnectionRefusedError, XmlRpcError, HTTPException, ExpatError, ValueError, TypeError):
        return False  # it ended, or another program has its port
    except OSError:
        return True


def _handle_requests(self, transport, header):
    """In the place of ServiceImpl.handle: a request that cannot be read ends its connection."""
    try:
        _handle(self, transport, header)
    except (TransportException, OSError) as error:
        faults.note(_REQUESTS, f"{self.resolved_name}: {error}")
    finally:
        transport.close()

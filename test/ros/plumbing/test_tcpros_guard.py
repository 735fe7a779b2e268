"""Connections of a node that its peers can neither hold up nor leave deaf; needs ROS."""

import errno
import select
import socket
import threading
import time

import pytest

pytest.importorskip("rospy", reason="ROS is not sourced")
from genpy import DeserializationError
from rosgraph.network import (
    encode_ros_handshake_header,
    read_ros_handshake_header,
    write_ros_handshake_header,
)
from rospy.exceptions import TransportException, TransportTerminated
from rospy.impl import registration, tcpros_base, tcpros_pubsub, tcpros_service
from std_msgs.msg import String

from lightweight_openpose.ros.plumbing import connection_faults, tcpros_guard, tcpros_links
from lightweight_openpose.ros.plumbing.connection_faults import ConnectionFaults, faults
from lightweight_openpose.ros.plumbing.tcpros_guard import guard_connections

PATCHED = (
    (tcpros_base.TCPServer, "run"),
    (tcpros_base, "read_ros_handshake_header"),
    (tcpros_base.TCPROSTransportProtocol, "read_messages"),
    (tcpros_pubsub, "robust_connect_subscriber"),
    (tcpros_pubsub.TCPROSHandler, "topic_connection_handler"),
    (tcpros_service.ServiceImpl, "handle"),
)
PATIENCE = 20  # s; only a fault takes so long


@pytest.fixture
def guarded(monkeypatch):
    """rospy guarded for one test, with counts of its own."""
    for owner, name in PATCHED:
        monkeypatch.setattr(owner, name, getattr(owner, name))
    monkeypatch.setattr(tcpros_base, "_use_tcp_keepalive", False)  # no master is asked
    faults.__init__()
    monkeypatch.setattr(tcpros_guard, "_handshakes", tcpros_guard._Handshakes())
    monkeypatch.setattr(tcpros_links, "_FIRST_WAIT", 0.01)
    assert guard_connections() == ""
    yield faults
    assert within(lambda: not tcpros_guard._handshakes._open)  # none is counted in the next test


@pytest.fixture
def server():
    """rospy's server, whose topics answer each header and keep what connected."""
    running = tcpros_base.TCPROSServer()
    running.kept = []

    def answer(sock, address, header):
        write_ros_handshake_header(sock, {"md5sum": "*", "type": header["topic"]})
        running.kept.append(sock)

    running.topic_connection_handler = answer
    running.start_server()
    yield running
    running.shutdown()
    for sock in running.kept:
        sock.close()


def connect(server):
    return socket.create_connection(("127.0.0.1", server.tcp_ros_server.port), PATIENCE)


def shake_hands(server):
    """The type that the server's topic says of itself to one who connects as a subscriber does."""
    with connect(server) as sock:
        write_ros_handshake_header(sock, {"topic": "/poses"})
        return read_ros_handshake_header(sock, tcpros_base.BytesIO(), 4096)["type"]


def within(condition):
    """Whether it comes to hold."""
    end = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def test_who_connects_and_says_nothing_keeps_nobody_waiting(guarded, server):
    with connect(server), connect(server):
        assert shake_hands(server) == "/poses"


def test_a_handshake_ends_at_its_deadline_and_is_counted(guarded, server, monkeypatch):
    monkeypatch.setattr(tcpros_guard, "DEADLINE", 0.1)
    with connect(server) as silent:
        assert silent.recv(1) == b""
    assert within(lambda: guarded["failed handshakes"] == 1)


def test_who_connects_and_leaves_without_a_word_is_no_fault(guarded, server):
    connect(server).close()
    assert shake_hands(server) == "/poses"
    assert within(lambda: not tcpros_guard._handshakes._open)
    assert guarded["failed handshakes"] == 0


def test_a_handshake_that_breaks_off_is_counted(guarded, server):
    with connect(server) as sock:
        sock.sendall(b"\x10\0\0\0md5")
    assert within(lambda: guarded["failed handshakes"] == 1)


@pytest.fixture
def topic(guarded, server):
    """A topic of std_msgs/String that the server publishes as rospy does."""
    manager = registration.get_topic_manager()
    published = manager.acquire_impl(registration.Registration.PUB, "/poses", String)
    server.topic_connection_handler = tcpros_pubsub.TCPROSHandler().topic_connection_handler
    yield published
    for connection in published.connections:
        connection.close()
    manager.release_impl(registration.Registration.PUB, "/poses")


def header_of(node):
    fields = {"topic": "/poses", "type": String._type, "md5sum": String._md5sum, "callerid": node}
    return encode_ros_handshake_header(fields)


def overtake(first, second, nodes):
    """Two connect, and the header of the first is read last; nodes: their names."""
    first.sendall(header_of(nodes[0])[:20])
    assert within(lambda: first.getsockname() in accepted())
    second.sendall(header_of(nodes[1]))
    read_ros_handshake_header(second, tcpros_base.BytesIO(), 4096)
    first.sendall(header_of(nodes[0])[20:])


def test_a_connection_that_a_node_replaced_leaves_the_new_one(guarded, server, topic):
    # rospy connects two times where a publisher is told to it two times, and closes the first.
    with connect(server) as first, connect(server) as second:
        overtake(first, second, ("/listener", "/listener"))
        assert first.recv(1) == b""
        assert heard(topic, second)


def test_a_node_that_connects_again_is_heard_on_its_new_connection(guarded, server, topic):
    with connect(server) as first, connect(server) as second:
        for sock in (first, second):
            sock.sendall(header_of("/listener"))
            read_ros_handshake_header(sock, tcpros_base.BytesIO(), 4096)
        assert first.recv(1) == b""
        assert heard(topic, second)


def test_nodes_of_other_names_keep_their_connections(guarded, server, topic):
    with connect(server) as first, connect(server) as second:
        overtake(first, second, ("/one", "/other"))
        read_ros_handshake_header(first, tcpros_base.BytesIO(), 4096)
        assert heard(topic, first, second)


def heard(topic, *sockets):
    """Whether what is published comes to each; a header is answered before that."""

    def all_have():
        topic.publish(String("here"))
        return set(select.select(sockets, [], [], 0.05)[0]) == {*sockets}

    return within(all_have) and all(s.recv(12)[8:] == b"here" for s in sockets)


def accepted():
    """The addresses of those whose handshake is not over."""
    return [sock.getpeername() for sock in list(tcpros_guard._handshakes._open)]


def test_a_subscriber_that_is_never_answered_hears_of_it(guarded, monkeypatch):
    monkeypatch.setattr(tcpros_guard, "DEADLINE", 0.1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        link = tcpros_base.TCPROSTransport(tcpros_pubsub.TCPROSSub("/poses", String), "/poses")
        with pytest.raises(TransportException, match="no header within"):
            link.connect(*silent.getsockname(), "http://silent")
    assert link.done


def test_one_handshake_too_many_ends_the_one_that_waited_longest(guarded, monkeypatch, request):
    monkeypatch.setattr(tcpros_guard, "MAX_HANDSHAKES", 2)
    monkeypatch.setattr(tcpros_guard, "_handshakes", tcpros_guard._Handshakes())
    server = request.getfixturevalue("server")
    silent = [connect(server) for _ in range(2)]
    assert within(lambda: len(tcpros_guard._handshakes._open) == 2)
    assert shake_hands(server) == "/poses"
    assert silent[0].recv(1) == b""
    silent[1].settimeout(0.01)
    with pytest.raises(socket.timeout):
        silent[1].recv(1)
    for sock in silent:
        sock.close()


def test_a_node_that_gets_no_more_threads_takes_handshakes_when_it_does(guarded, monkeypatch):
    monkeypatch.setattr(tcpros_guard, "MAX_HANDSHAKES", 1)
    handshakes, done = tcpros_guard._Handshakes(), threading.Event()
    with monkeypatch.context() as patch:

        def start(thread):
            raise RuntimeError("can't start new thread")

        patch.setattr(threading.Thread, "start", start)
        for _ in range(3):
            here, _there = socket.socketpair()
            handshakes.begin(None, here, "here")
            assert here.fileno() == -1
    handshakes.begin(lambda sock, address: done.set(), socket.socket(), "here")
    assert done.wait(PATIENCE)


def test_a_node_that_gets_no_more_connections_from_the_system_takes_the_next(guarded, monkeypatch):
    monkeypatch.setattr(tcpros_guard, "_ACCEPT_PAUSE", 0.0)
    taken, noted = [], []
    monkeypatch.setattr(guarded, "note", lambda what, reason: noted.append(str(reason)))
    listening = tcpros_base.TCPServer(lambda sock, address: taken.append(address))
    listening.server_sock.close()
    answers = [OSError(errno.EMFILE, "Too many open files"), (socket.socket(), "here")]

    class Exhausted:
        def accept(self):
            answer = answers.pop(0)
            listening.is_shutdown = not answers
            if isinstance(answer, OSError):
                raise answer
            return answer

    listening.server_sock = Exhausted()
    listening.run()
    assert within(lambda: taken == ["here"])
    assert "[Errno 24] Too many open files" in noted


class Subscription:
    """What a link sees of its topic's subscription, which ends behind the `last` text."""

    def __init__(self, last=""):
        self.connections, self.closed, self.heard = [], False, []
        self._last = last
        self.done = threading.Event()

    def has_connection(self, uri):
        return any(not c.done and c.endpoint_id == uri for c in self.connections)

    def add_connection(self, conn):
        self.connections.append(conn)
        return True

    def receive_callback(self, messages, conn):
        self.heard += [message.data for message in messages]
        if self._last in self.heard:
            self.closed = True
            self.done.set()
            conn.close()


class Picky(String):
    """A message that cannot be read where it says so."""

    def deserialize(self, data):
        super().deserialize(data)
        if self.data == "unreadable":
            raise DeserializationError("as it says")
        return self


def publish(server, *texts):
    """The server's topic sends these to each who subscribes, and then closes."""

    def answer(sock, address, header):
        write_ros_handshake_header(sock, {"md5sum": "*", "type": "std_msgs/String"})
        for text in texts[len(server.kept)]:
            data = tcpros_base.BytesIO()
            tcpros_base.serialize_message(data, 0, String(text))
            sock.sendall(data.getvalue())
        server.kept.append(sock)

    server.topic_connection_handler = answer


def follow(server, subscription, queue_size=None):
    """Subscribe to the server's topic as rospy does; its first connection."""
    protocol = tcpros_pubsub.TCPROSSub("/poses", Picky, queue_size)
    conn = tcpros_base.TCPROSTransport(protocol, "/poses")
    conn.set_endpoint_id("http://here")
    subscription.add_connection(conn)
    port = server.tcp_ros_server.port
    receive = subscription.receive_callback
    arguments = (conn, "127.0.0.1", port, "http://here", receive, "/poses")
    threading.Thread(
        target=tcpros_pubsub.robust_connect_subscriber, args=arguments, daemon=True
    ).start()
    return conn


def test_a_link_whose_message_cannot_be_read_is_made_anew(guarded, server, monkeypatch):
    monkeypatch.setattr(tcpros_links, "_publishes", lambda uri, topic: True)
    publish(server, ["first", "unreadable"], ["second", "third"])
    subscription = Subscription("third")
    follow(server, subscription)
    assert subscription.done.wait(PATIENCE)
    assert subscription.heard[-2:] == ["second", "third"]
    assert guarded["reconnections"] == len(subscription.connections) - 1 >= 1


def test_a_link_that_the_publisher_closed_is_made_anew_while_it_publishes(
    guarded, server, monkeypatch
):
    monkeypatch.setattr(tcpros_links, "_publishes", lambda uri, topic: True)
    publish(server, ["first"], ["second"])
    subscription = Subscription("second")
    follow(server, subscription)
    assert within(lambda: subscription.heard == ["first"])
    server.kept[0].close()
    assert subscription.done.wait(PATIENCE)
    assert subscription.heard == ["first", "second"]


@pytest.mark.parametrize("why", ("publisher is gone", "unsubscribed", "another link is there"))
def test_a_link_that_is_not_wanted_any_more_ends(guarded, server, monkeypatch, why):
    asked = threading.Event()

    def publishes(uri, topic):
        asked.set()
        return why != "publisher is gone"

    monkeypatch.setattr(tcpros_links, "_publishes", publishes)
    publish(server, ["first"])
    subscription = Subscription()
    conn = follow(server, subscription)
    assert within(lambda: subscription.heard == ["first"])
    subscription.closed = why == "unsubscribed"
    if why == "another link is there":
        monkeypatch.setattr(subscription, "has_connection", lambda uri: True)
    server.kept[0].close()
    assert within(lambda: conn.done)
    time.sleep(0.2)
    assert asked.is_set() == (why == "publisher is gone")
    assert subscription.connections == [conn]
    assert guarded["reconnections"] == 0


def test_a_subscription_that_is_refused_is_not_tried_again(guarded, server, monkeypatch):
    monkeypatch.setattr(tcpros_links, "_publishes", lambda uri, topic: True)
    server.topic_connection_handler = lambda sock, address, header: "another type"
    subscription = Subscription()
    conn = follow(server, subscription)
    assert within(lambda: conn.done)
    time.sleep(0.2)
    assert subscription.connections == [conn]


def test_a_length_that_no_message_has_ends_a_link_of_small_messages(guarded):
    protocol = tcpros_pubsub.TCPROSSub("/poses", String)
    buffer = tcpros_base.BytesIO()
    buffer.write(b"\xff" * 8)
    with pytest.raises(TransportTerminated, match="was announced"):
        protocol.read_messages(buffer, [], None)


def test_a_service_request_that_cannot_be_read_is_counted_and_its_connection_closed(guarded):
    class Unreadable:
        closed = False

        def receive_once(self):
            raise TransportException("cannot deserialize")

        def close(self):
            self.closed = True

    service = object.__new__(tcpros_service.ServiceImpl)
    service.resolved_name, transport = "/pose_estimator/estimate", Unreadable()
    service.handle(transport, {"persistent": "1"})
    assert transport.closed
    assert guarded["unreadable requests"] == 1


def test_who_publishes_is_asked_of_the_node_itself(monkeypatch):
    class Node:
        def __init__(self, uri):
            self.uri = uri

        def getPublications(self, name):
            if self.uri == "gone":
                raise ConnectionRefusedError
            if self.uri == "away":
                raise OSError(errno.EHOSTUNREACH, "no route")
            return 1, "", [["/poses", "std_msgs/String"]]

    monkeypatch.setattr(tcpros_links, "ServerProxy", Node)
    assert tcpros_links._publishes("here", "/poses")
    assert not tcpros_links._publishes("here", "/other")
    assert not tcpros_links._publishes("gone", "/poses")
    assert tcpros_links._publishes("away", "/poses")


def test_another_rospy_stays_as_it_is_and_the_reason_is_told(monkeypatch):
    for owner, name in PATCHED:
        monkeypatch.setattr(owner, name, getattr(owner, name))
    other = lambda conn, address: None  # noqa: E731
    monkeypatch.setattr(tcpros_pubsub, "robust_connect_subscriber", other)
    before = [getattr(owner, name) for owner, name in PATCHED]
    assert guard_connections().endswith(" 1.17: robust_connect_subscriber")
    monkeypatch.delattr(tcpros_base.TCPServer, "run")
    assert guard_connections().endswith(" 1.17: TCPServer.run, robust_connect_subscriber")
    assert [getattr(owner, name) for owner, name in PATCHED[1:]] == before[1:]


def test_a_fault_of_a_connection_is_a_warning_for_a_while_and_counted_for_good(monkeypatch):
    from diagnostic_updater import DiagnosticStatusWrapper

    now = [100.0]
    monkeypatch.setattr(connection_faults.time, "monotonic", lambda: now[0])
    own = ConnectionFaults()
    own.note("reconnections", "/poses from http://here:\nclosed")
    status = own.fill(DiagnosticStatusWrapper())
    assert (status.level, status.message) == (1, "reconnections: /poses from http://here: closed")
    now[0] += 11
    status = own.fill(DiagnosticStatusWrapper())
    assert status.level == 0
    assert {v.key: v.value for v in status.values}["reconnections"] == "1"

"""Links to publishers, which are made again as long as those publish."""

from __future__ import annotations

import threading
import time
from http.client import HTTPException
from types import MethodType
from typing import Any, Union
from xml.parsers.expat import ExpatError
from xmlrpc.client import Error as XmlRpcError
from xmlrpc.client import ServerProxy

import rospy
from rospy.impl import tcpros_base

from .connection_faults import LINKS, faults

_CONNECT = 30.0  # s
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0  # s, before a link is made again


def start_link(
    conn: tcpros_base.TCPROSTransport,
    dest_addr: str,
    dest_port: int,
    pub_uri: str,
    receive_cb: MethodType,
    resolved_topic_name: str,
) -> None:
    """In the place of robust_connect_subscriber; the thread is one that no exit waits for."""
    arguments = (conn, dest_addr, dest_port, pub_uri, receive_cb, resolved_topic_name)
    threading.Thread(target=_keep_link, args=arguments, daemon=True).start()


def _keep_link(
    conn: tcpros_base.TCPROSTransport,
    address: str,
    port: int,
    uri: str,
    receive: MethodType,
    topic: str,
) -> None:
    """Receive for as long as the topic is subscribed to and the publisher publishes it."""
    subscription: Any = receive.__self__  # of rospy, which has no types
    protocol, wait = conn.protocol, _FIRST_WAIT
    while True:
        fault = _receive(conn, address, port, uri, receive)
        if "error" in (conn.header or {}):
            return  # the publisher refuses this subscription, such as for its type
        time.sleep(wait)
        wait = _FIRST_WAIT if conn.stat_num_msg else min(2 * wait, _LONGEST_WAIT)
        if protocol is None or rospy.is_shutdown() or subscription.closed:
            return
        if subscription.has_connection(uri) or not _publishes(uri, topic):
            return
        conn = tcpros_base.TCPROSTransport(protocol, topic)
        conn.set_endpoint_id(uri)
        if not subscription.add_connection(conn):
            return
        faults.note(LINKS, f"{topic} from {uri}: {fault}")


def _receive(
    conn: tcpros_base.TCPROSTransport, address: str, port: int, uri: str, receive: MethodType
) -> Union[Exception, str]:
    """Connect and receive until the connection ends; why it did."""
    try:
        conn.connect(address, port, uri, timeout=_CONNECT)
        while not conn.done and not rospy.is_shutdown():
            receive(conn.receive_once(), conn)
    except Exception as error:  # whatever it is, the next connection may be well
        return error
    finally:
        conn.close()
    return "closed"


def _publishes(uri: str, topic: str) -> bool:
    """Whether the node at this URI publishes the topic; a network that is away may come back."""
    try:
        asked: Any = ServerProxy(uri)  # no type says what a call gives
        code, _, topics = asked.getPublications(rospy.get_name())
        return code == 1 and any(name == topic for name, *_ in topics)
    except (ConnectionRefusedError, XmlRpcError, HTTPException, ExpatError, ValueError, TypeError):
        return False  # it ended, or another program has its port
    except OSError:
        return True

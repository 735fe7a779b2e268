"""Links to publishers, which are made again as long as those publish."""

from __future__ import annotations

import threading
import time
from http.client import HTTPException
from xml.parsers.expat import ExpatError
from xmlrpc.client import Error as XmlRpcError
from xmlrpc.client import ServerProxy

import rospy
from rospy.impl import tcpros_base

from .connection_faults import LINKS, faults

_CONNECT = 30.0  # s
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0  # s, before a link is made again


def start_link(conn, dest_addr, dest_port, pub_uri, receive_cb, resolved_topic_name):
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
        if protocol is None or rospy.is_shutdown() or subscription.closed:
            return
        if subscription.has_connection(uri) or not _publishes(uri, topic):
            return
        conn = tcpros_base.TCPROSTransport(protocol, topic)
        conn.set_endpoint_id(uri)
        if not subscription.add_connection(conn):
            return
        faults.note(LINKS, f"{topic} from {uri}: {fault}")


def _receive(conn, address, port, uri, receive):
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


def _publishes(uri, topic):
    """Whether the node at this URI publishes the topic; a network that is away may come back."""
    try:
        code, _, topics = ServerProxy(uri).getPublications(rospy.get_name())
        return code == 1 and any(name == topic for name, *_ in topics)
    except (ConnectionRefusedError, XmlRpcError, HTTPException, ExpatError, ValueError, TypeError):
        return False  # it ended, or another program has its port
    except OSError:
        return True

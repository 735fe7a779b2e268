"""Who listens to whom, as the master and the publishing node tell."""

from __future__ import annotations

from http.client import HTTPException
from typing import Any, Dict, Iterable, List
from xml.parsers.expat import ExpatError
from xmlrpc.client import Error, ServerProxy

import rosgraph

# What a call raises while a node or the master comes or goes.
UNREACHABLE = (OSError, HTTPException, Error, ExpatError, rosgraph.MasterException)


def subscribers(topics: Iterable[str]) -> Dict[str, int]:
    """Nodes that the master knows to want each of these topics (full names)."""
    _, wanted, _ = rosgraph.Master("/connections").getSystemState()
    registered = {topic: len(nodes) for topic, nodes in wanted}
    return {topic: registered.get(topic, 0) for topic in topics}


def connected(node: str) -> Dict[str, int]:
    """Subscribers that a node (full name) has connections to, by topic.

    Raises one of UNREACHABLE where it cannot be asked.
    """
    uri = rosgraph.Master("/connections").lookupNode(node)
    asked: Any = ServerProxy(uri)  # no type says what a call gives
    _, _, connections = asked.getBusInfo("/connections")
    counts: Dict[str, int] = {}
    for _, _, direction, _, topic, *_ in connections:
        if direction == "o":
            counts[topic] = counts.get(topic, 0) + 1
    return counts


def published(node: str) -> List[str]:
    """Topics that the master knows a node (full name) to publish."""
    offered, _, _ = rosgraph.Master("/connections").getSystemState()
    return [topic for topic, nodes in offered if node in nodes]

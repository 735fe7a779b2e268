"""Who listens to whom, as the master and the publishing node tell."""

from __future__ import annotations

from typing import Dict, Iterable
from xmlrpc.client import ServerProxy

import rosgraph


def subscribers(topics: Iterable[str]) -> Dict[str, int]:
    """Nodes that the master knows to want each of these topics (full names)."""
    _, wanted, _ = rosgraph.Master("/connections").getSystemState()
    registered = {topic: len(nodes) for topic, nodes in wanted}
    return {topic: registered.get(topic, 0) for topic in topics}


def connected(node: str) -> Dict[str, int]:
    """Subscribers that a node (full name) has connections to, by topic.

    Raises OSError or rosgraph.MasterException where it cannot be asked.
    """
    uri = rosgraph.Master("/connections").lookupNode(node)
    _, _, connections = ServerProxy(uri).getBusInfo("/connections")
    counts: Dict[str, int] = {}
    for _, _, direction, _, topic, *_ in connections:
        if direction == "o":
            counts[topic] = counts.get(topic, 0) + 1
    return counts


def published(node: str) -> list:
    """Topics that the master knows a node (full name) to publish."""
    offered, _, _ = rosgraph.Master("/connections").getSystemState()
    return [topic for topic, nodes in offered if node in nodes]

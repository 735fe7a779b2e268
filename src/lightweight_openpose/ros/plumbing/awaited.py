"""What a node waits for in vain: inputs that do not come, or never belong together."""

from __future__ import annotations

import time
from typing import Any, List, Mapping, Optional, Tuple

import genpy
import message_filters
import rospy

from .connections import UNREACHABLE
from .diagnostics import StreamHealth, Synchronizer

PATIENCE = 5.0  # s without a message, or without a match, that are nothing to talk about
# s that a frame waits for what somebody publishes: a weak processor may take so long for an image.
LATE = 60.0
# What to do where inputs of several nodes do not come.
POSES_REMEDY = "start pose_estimator.launch, or remap poses:= to its poses"
HEADS_REMEDY = "start head_orientation.launch, remap heads:= to its heads, or set ~heads to false"
_COMPRESSED = ("/compressed", "/compressedDepth")


class Awaited:
    """Ages and stamps of each input of a node that answers only when all of them have come."""

    def __init__(
        self,
        inputs: Mapping[message_filters.Subscriber, str],
        synchronizer: Optional[Synchronizer] = None,
    ):
        """inputs: each with what to do where nothing comes; synchronizer: that matches them.

        Both begin now.
        """
        now = time.monotonic()
        self._inputs = [each.sub for each in inputs]
        self._remedies = list(inputs.values())
        self._last = [now for _ in inputs]  # s, when the last message came, first of all the start
        self._stamps: List[Optional[genpy.Time]] = [None for _ in inputs]  # of the last messages
        self._begun = now
        self.about = ""  # what the last fault was about, without what changes from time to time
        self._patience = PATIENCE  # s that frames wait for the rest of their moment
        self._synchronizer = synchronizer
        for index, each in enumerate(inputs):
            each.registerCallback(self._see, index)

    def _see(self, msg: Any, index: int) -> None:
        self._last[index] = time.monotonic()
        self._stamps[index] = msg.header.stamp

    def fault(self) -> str:
        """What is waited for in vain, in one line; empty where nothing is."""
        self.about, self._patience = "", PATIENCE
        if any(each.impl is None for each in self._inputs):  # nobody wants them any more
            return ""
        now = time.monotonic()
        missing = [i for i, last in enumerate(self._last) if now - last > PATIENCE]
        if missing:
            self.about = " ".join(["missing", *(self._inputs[i].name for i in missing)])
            told = [self._missing(i, now - self._last[i]) for i in missing]
            self._patience = LATE if all(late for _, late in told) else 0.0
            return "; ".join(said for said, _ in told)
        timeless = [
            each.name
            for each, stamp in zip(self._inputs, self._stamps)
            if stamp is not None and stamp.is_zero()
        ]
        if timeless and self._synchronizer is not None:
            self.about = " ".join(["timeless", *timeless])
            return (
                f"the stamps on {', '.join(timeless)} are 0, so that nothing tells what belongs "
                "together: have the publisher set header.stamp"
            )
        return self._unmatched(now)

    def _missing(self, index: int, age: float) -> Tuple[str, bool]:
        """The line about an input, and whether its messages may still come."""
        topic = self._inputs[index]
        cause, late = why_silent(topic.name, topic.type)
        remedy = "" if late else f"; {self._remedies[index]}"
        return f"no message on {topic.name} for {age:.0f} s: {cause}{remedy}", late

    def _unmatched(self, now: float) -> str:
        synchronizer = self._synchronizer
        if synchronizer is None or now - max(synchronizer.matched_at, self._begun) <= PATIENCE:
            return ""
        stamps = [stamp for stamp in self._stamps if stamp is not None]
        if len(stamps) < len(self._stamps):
            return ""
        names = " and ".join(each.name for each in self._inputs)
        self.about = "unmatched"
        apart = (max(stamps) - min(stamps)).to_sec()
        return (
            f"messages come on {names}, but none belong together for "
            f"{now - max(synchronizer.matched_at, self._begun):.0f} s: the last stamps are "
            f"{apart:.3f} s apart; {synchronizer.remedy}"
        )

    def give_up(self) -> None:
        """Drop the frames that wait for what nobody publishes, or too long for what is late."""
        if self._synchronizer is not None:
            self._synchronizer.give_up(self._patience)


def await_inputs(
    health: StreamHealth,
    inputs: Mapping[message_filters.Subscriber, str],
    synchronizer: Optional[Synchronizer] = None,
) -> None:
    """Have the node's report say which of the inputs does not come, and what to do about it."""
    health.awaited = Awaited(inputs, synchronizer)


def why_silent(topic: str, kind: str) -> Tuple[str, bool]:
    """The likely cause of a silent topic (full name), and whether its messages may still come.

    By what the ROS master knows; kind: type of the messages, such as sensor_msgs/Image.
    """
    try:
        published = dict(rospy.get_published_topics())
        publishers = dict(rospy.get_master().getSystemState()[2][0])
    except (*UNREACHABLE, rospy.ROSException):
        return "the ROS master does not answer", True
    nodes = ", ".join(publishers.get(topic, ["somebody"]))
    if published.get(topic) == kind:
        return (
            f"{nodes} publishes it, but nothing arrives: does it run, and can this machine reach "
            "that one (ROS_IP, ROS_HOSTNAME)?"
        ), True
    if topic in published:
        return f"{nodes} publishes it as {published[topic]}, and {kind} is needed", False
    compressed = [topic + suffix for suffix in _COMPRESSED if topic + suffix in published]
    return "nobody publishes it" + (f", but {compressed[0]} exists" if compressed else ""), False

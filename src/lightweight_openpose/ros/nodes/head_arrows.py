"""Arrows out of the faces of people whose distance is known."""

from __future__ import annotations

from typing import List

import message_filters
import rospy

from lightweight_openpose.msg import HeadOrientationArray
from lightweight_openpose.poses import Skeleton
from lightweight_openpose.ros.messages.markers import MarkerMemory, arrows_on_bodies
from lightweight_openpose.ros.messages.people_3d import People3D
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth
from lightweight_openpose.ros.plumbing.guard import guarded
from lightweight_openpose.ros.plumbing.image_topics import POSE_BYTES
from lightweight_openpose.ros.plumbing.sync import StampSynchronizer

_QUEUE = 60  # bodies kept while the heads of their stamp are computed


class HeadArrows:
    """Publishes arrows when bodies and heads of one stamp are there; no body waits for heads."""

    def __init__(self, skeleton: Skeleton, publisher: rospy.Publisher, health: StreamHealth):
        """publisher: of MarkerArray; health: of the node, which counts bad heads."""
        self._skeleton = skeleton
        self._publisher = publisher
        self._health = health
        self._shown = MarkerMemory()
        self._bodies = message_filters.SimpleFilter()

    def subscribe(self) -> List[rospy.Subscriber]:
        """Start to listen to `heads`."""
        self._bodies = message_filters.SimpleFilter()
        heads = message_filters.Subscriber(
            "heads", HeadOrientationArray, queue_size=10, buff_size=POSE_BYTES
        )
        synchronizer = StampSynchronizer([self._bodies, heads], _QUEUE)
        on_match = guarded(self._health, self._on_match, self._skeleton, frames=False)
        synchronizer.registerCallback(on_match)
        return [heads.sub]

    def add(self, people: People3D) -> None:
        """The bodies of a frame."""
        self._bodies.signalMessage(people)

    def _on_match(self, bodies: People3D, heads: HeadOrientationArray) -> None:
        arrows = arrows_on_bodies(bodies, heads, self._skeleton)
        self._publisher.publish(self._shown.complete(heads.header, arrows))

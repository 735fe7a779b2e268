"""Where frames of /tf are at the time of an image."""

from __future__ import annotations

from typing import Optional

import genpy
import rospy
import tf2_ros
from geometry_msgs.msg import TransformStamped

from lightweight_openpose.geometry import RigidTransform
from lightweight_openpose.ros.messages.transforms import rigid_of

from .diagnostics import StreamHealth
from .reasons import NoTransform

_FIRST_WAIT = 1.0  # s for the first transforms to arrive
_WAIT = 0.1  # s for those of the time of an image, where the frames are known


class Frames:
    """Transforms between frames; listens to /tf from the first question on."""

    def __init__(self, health: StreamHealth):
        """health: of the node, which counts and names the transforms that are missing."""
        self._health = health
        self._buffer: Optional[tf2_ros.Buffer] = None
        self._listener: Optional[tf2_ros.TransformListener] = None

    def transform(self, target: str, source: str, stamp: genpy.Time, remedy: str) -> RigidTransform:
        """From frame source to frame target at a stamp.

        remedy: what to do where there is none. Raises NoTransform with both frames and the remedy,
        which health has counted and named.
        """
        target, source = target.lstrip("/"), source.lstrip("/")
        if target == source:
            return RigidTransform.identity()
        missing = f"no transform from '{source}' to '{target}'"
        try:
            found = self._lookup(target, source, stamp)
        except tf2_ros.ExtrapolationException as error:
            reason = f"{missing} for the time of the image (clocks?): {error}"
        except tf2_ros.TransformException:
            reason = f"{missing}: {remedy}"
        else:
            self._health.found_transform()
            return rigid_of(found)
        self._health.lack_transform(reason)
        raise NoTransform(reason)

    def _lookup(self, target: str, source: str, stamp: genpy.Time) -> TransformStamped:
        if self._buffer is None:
            self._buffer = tf2_ros.Buffer(debug=False)
            self._listener = tf2_ros.TransformListener(self._buffer)
            self._buffer.can_transform(target, source, stamp, rospy.Duration(_FIRST_WAIT))
        try:
            return self._buffer.lookup_transform(target, source, stamp)
        except tf2_ros.ExtrapolationException:
            return self._buffer.lookup_transform(target, source, stamp, rospy.Duration(_WAIT))

"""Frames sent to /tf."""

from __future__ import annotations

from typing import Sequence

import rospy
import tf2_ros
from geometry_msgs.msg import TransformStamped


class FrameSender:
    """Sends transforms whose parent frame has a name; every listener refuses others.

    That some have none is logged once.
    """

    def __init__(self) -> None:
        self._broadcaster = tf2_ros.TransformBroadcaster()
        self._static = tf2_ros.StaticTransformBroadcaster()
        self._said = False

    def send(self, transforms: Sequence[TransformStamped], static: bool = False) -> None:
        """static: they stay as they are, and late listeners get them too."""
        named = [t for t in transforms if t.header.frame_id]
        if named:
            (self._static if static else self._broadcaster).sendTransform(named)
        if len(named) < len(transforms) and not self._said:
            self._said = True
            rospy.logwarn(
                "%s: images come without a frame_id: no TF frames of people are sent (set the "
                "frame_id of the camera's driver)",
                rospy.get_name(),
            )

"""The camera whose calibration comes on a topic."""

from __future__ import annotations

import math

import rospy
from sensor_msgs.msg import CameraInfo

from lightweight_openpose.geometry.camera import ASSUMED_FOV, Camera
from lightweight_openpose.ros.messages.camera_info import camera_of, why_assumed

from .diagnostics import StreamHealth
from .guard import guarded


class CalibratedCamera:
    """The camera by the newest message on its topic, for images of any size."""

    def __init__(
        self,
        health: StreamHealth,
        rectified: bool,
        assumed_fov: float = ASSUMED_FOV,
        topic: str = "camera_info",
    ):
        """health: that counts calibrations which cannot be used; the last good one stays.

        rectified: P of the calibration counts instead of K and D.
        assumed_fov: horizontal field of view [rad] taken while there is no calibration.
        """
        self._health = health
        self._rectified = rectified
        self._assumed_fov = assumed_fov
        self._topic = topic
        self._info = None
        self._size = (0, 0)  # height, width [px] of the last image
        self._said = ""  # why no calibration counted when that was said last

    def subscribe(self) -> rospy.Subscriber:
        """Start to listen to the topic."""
        on_info = guarded(self._health, self._on_info, frames=False)
        return rospy.Subscriber(self._topic, CameraInfo, on_info, queue_size=1)

    def of(self, height: int, width: int) -> Camera:
        """Camera of an image of height x width [px]; `assumed` tells whether it is calibrated."""
        self._size = (height, width)
        return self._made(self._info, height, width)

    @property
    def topic(self) -> str:
        """The topic's full name."""
        return rospy.resolve_name(self._topic)

    def warn_of_assumed(self, coarse: str) -> None:
        """Say once for each reason that no calibration counts; coarse: what is, because of it."""
        reason = why_assumed(self._info, *self._size, self._rectified)
        if reason in ("", self._said):
            return
        self._said = reason
        rospy.logwarn(
            "%s: the camera on %s %s: assuming a horizontal field of view of %.0f "
            "deg; %s are coarse (calibrate with camera_calibration, or set ~assumed_fov)",
            rospy.get_name(),
            self.topic,
            reason,
            math.degrees(self._assumed_fov),
            coarse,
        )

    def _on_info(self, msg):
        self._made(msg, msg.height, msg.width)  # raises where the lens is not known
        self._info = msg

    def _made(self, info, height, width):
        return camera_of(info, height, width, self._assumed_fov, self._rectified)

"""The camera whose calibration comes on a topic."""

from __future__ import annotations

import math
from typing import Dict, List, Optional, Tuple

import rospy
from sensor_msgs.msg import CameraInfo

from lightweight_openpose.geometry import ASSUMED_FOV, Camera
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
        # The calibration, and by it the cameras of images of each height, width [px]: changed as a
        # whole, since messages come in threads of their own.
        self._known: Tuple[Optional[CameraInfo], Dict[Tuple[int, int], Camera]] = (None, {})
        self._size = (0, 0)  # height, width [px] of the last image
        self._said = ""  # why no calibration counted when that was logged last

    def subscribe(self) -> rospy.Subscriber:
        """Start to listen to the topic."""
        on_info = guarded(self._health, self._on_info, frames=False)
        return rospy.Subscriber(self._topic, CameraInfo, on_info, queue_size=1)

    def of(self, height: int, width: int) -> Camera:
        """Camera of an image of height x width [px]; `assumed` tells whether it is calibrated."""
        self._size = (height, width)
        info, cameras = self._known
        if self._size not in cameras:
            cameras[self._size] = self._made(info, height, width)
        return cameras[self._size]

    @property
    def topic(self) -> str:
        """The topic's full name."""
        return rospy.resolve_name(self._topic)

    def warn_of_assumed(self, coarse: str) -> None:
        """Say once for each reason that no calibration counts; coarse: what is, because of it."""
        reason = why_assumed(self._known[0], *self._size, self._rectified)
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

    def _on_info(self, msg: CameraInfo) -> None:
        known = self._known[0]
        if known is None or _contents(msg) != _contents(known):
            camera = self._made(msg, msg.height, msg.width)  # raises where the lens is not known
            self._known = msg, {(msg.height, msg.width): camera}

    def _made(self, info: Optional[CameraInfo], height: int, width: int) -> Camera:
        return camera_of(info, height, width, self._assumed_fov, self._rectified)


def _contents(info: CameraInfo) -> List[object]:
    """What a calibration says; drivers send the same one with each image."""
    return [getattr(info, name) for name in info.__slots__ if name != "header"]

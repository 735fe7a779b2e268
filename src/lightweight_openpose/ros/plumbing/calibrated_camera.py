"""The camera whose calibration comes on a topic."""

from __future__ import annotations

import rospy
from sensor_msgs.msg import CameraInfo

from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.ros.messages.camera_info import camera_of

from .diagnostics import StreamHealth
from .guard import guarded

ASSUMED_FOV = 1.0472  # rad, 60 degrees: as of many webcams


class CalibratedCamera:
    """The camera by the newest message on `camera_info`, for images of any size."""

    def __init__(self, health: StreamHealth, rectified: bool, assumed_fov: float = ASSUMED_FOV):
        """health: that counts calibrations which cannot be used; the last good one stays.

        rectified: P of the calibration counts instead of K and D.
        assumed_fov: horizontal field of view [rad] taken while there is no calibration.
        """
        self._health = health
        self._rectified = rectified
        self._assumed_fov = assumed_fov
        self._info = None

    def subscribe(self) -> rospy.Subscriber:
        """Start to listen to `camera_info`."""
        on_info = guarded(self._health, self._on_info)
        return rospy.Subscriber("camera_info", CameraInfo, on_info, queue_size=1)

    def of(self, height: int, width: int) -> Camera:
        """Camera of an image of height x width [px]; `assumed` tells whether it is calibrated."""
        return camera_of(self._info, height, width, self._assumed_fov, self._rectified)

    def _on_info(self, msg):
        self._info = msg

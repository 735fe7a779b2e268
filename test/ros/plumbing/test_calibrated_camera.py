"""Why a camera is assumed; needs ROS."""
import pytest

pytest.importorskip("rospy", reason="ROS is not sourced")
from sensor_msgs.msg import CameraInfo

from lightweight_openpose.ros.plumbing.calibrated_camera import why_assumed


def test_a_calibration_of_another_shape_is_told_from_none():
    assert why_assumed(None) == why_assumed(CameraInfo()) == "is not calibrated"
    info = CameraInfo(width=640, height=480, K=[500, 0, 320, 0, 500, 240, 0, 0, 1])
    assert why_assumed(info).startswith("is calibrated for images of 640x480 px")

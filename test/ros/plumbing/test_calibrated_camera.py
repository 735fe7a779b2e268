"""That and why a camera is assumed is said once; needs ROS."""

import logging

import pytest

pytest.importorskip("rospy", reason="ROS is not sourced")
from sensor_msgs.msg import CameraInfo

from lightweight_openpose.ros.plumbing.calibrated_camera import CalibratedCamera
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth


def test_each_reason_is_said_once(caplog):
    camera = CalibratedCamera(StreamHealth(), rectified=False)
    pixel = CameraInfo(width=640, height=480, K=[1, 0, 320, 0, 1, 240, 0, 0, 1])
    good = CameraInfo(width=640, height=480, K=[500, 0, 320, 0, 500, 240, 0, 0, 1])
    with caplog.at_level(logging.WARNING):
        for info, size in ((None, 640), (None, 640), (pixel, 640), (pixel, 640), (good, 1280)):
            camera._info = info
            assert camera.of(480, size).assumed
            camera.warn_of_assumed("angles")
        camera._info = good
        assert not camera.of(480, 640).assumed
    said = [record.getMessage() for record in caplog.records]
    assert [text.partition("camera_info ")[2].partition(": assuming")[0] for text in said] == [
        "is not calibrated",
        "is not calibrated: K has a focal length of 1 px, an opening angle of 179.6 deg",
        "is calibrated for images of 640x480 px, and these have another shape",
    ]

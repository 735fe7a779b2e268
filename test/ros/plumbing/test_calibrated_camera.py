"""That and why a camera is assumed is said once; needs ROS."""

import logging

import pytest

pytest.importorskip("rospy", reason="ROS is not sourced")
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from lightweight_openpose.ros.messages.camera_info import camera_of
from lightweight_openpose.ros.messages.validation import BadMessage
from lightweight_openpose.ros.plumbing import calibrated_camera
from lightweight_openpose.ros.plumbing.calibrated_camera import CalibratedCamera
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth


def test_each_reason_is_said_once(caplog):
    camera = CalibratedCamera(StreamHealth(), rectified=False)
    pixel = CameraInfo(width=640, height=480, K=[1, 0, 320, 0, 1, 240, 0, 0, 1])
    good = CameraInfo(width=640, height=480, K=[500, 0, 320, 0, 500, 240, 0, 0, 1])
    with caplog.at_level(logging.WARNING):
        for info, size in ((None, 640), (None, 640), (pixel, 640), (pixel, 640), (good, 1280)):
            if info is not None:
                camera._on_info(info)
            assert camera.of(480, size).assumed
            camera.warn_of_assumed("angles")
        assert not camera.of(480, 640).assumed
    said = [record.getMessage() for record in caplog.records]
    assert [text.partition("camera_info ")[2].partition(": assuming")[0] for text in said] == [
        "is not calibrated",
        "is not calibrated: K has a focal length of 1 px, an opening angle of 179.6 deg",
        "is calibrated for images of 640x480 px, and these have another shape",
    ]


def test_a_camera_is_computed_once_for_a_calibration_and_a_size(monkeypatch):
    made = []

    def counted(*arguments):
        made.append(arguments)
        return camera_of(*arguments)

    monkeypatch.setattr(calibrated_camera, "camera_of", counted)
    camera = CalibratedCamera(StreamHealth(), rectified=False)
    for seq in range(5):  # with each image, as drivers send it
        camera._on_info(info(500.0, seq))
        assert camera.of(480, 640).matrix[0, 0] == 500
        assert camera.of(240, 320).matrix[0, 0] == 250
    assert len(made) == 2
    camera._on_info(info(600.0, 9))
    assert camera.of(480, 640).matrix[0, 0] == 600 and camera.of(240, 320).matrix[0, 0] == 300


def test_an_unknown_lens_leaves_the_calibration_before():
    camera = CalibratedCamera(StreamHealth(), rectified=False)
    camera._on_info(info(500.0, 0))
    with pytest.raises(BadMessage):
        camera._on_info(CameraInfo(width=640, height=480, K=K, distortion_model="omnidirectional"))
    assert camera.of(480, 640).matrix[0, 0] == 500


K = [500, 0, 320, 0, 500, 240, 0, 0, 1]


def info(focal, seq):
    matrix = [focal, 0, 320, 0, focal, 240, 0, 0, 1]
    return CameraInfo(header=Header(seq=seq), width=640, height=480, K=matrix)

"""CameraInfo to cameras; needs ROS."""
import numpy as np
import pytest

pytest.importorskip("sensor_msgs", reason="ROS is not sourced")
from sensor_msgs.msg import CameraInfo, RegionOfInterest

from lightweight_openpose.ros.messages.camera_info import camera_of

FOV = np.radians(60)


def calibration(width, height, roi=(0, 0, 0, 0), focal=1000.0):
    info = CameraInfo(width=width, height=height, distortion_model="plumb_bob", D=[0.0] * 5)
    info.K = [focal, 0, width / 2, 0, focal, height / 2, 0, 0, 1]
    info.P = [focal, 0, width / 2, 0, 0, focal, height / 2, 0, 0, 0, 1, 0]
    info.roi = RegionOfInterest(*roi[:2], *roi[2:], False)
    return info


def pinhole(info, width, height, rectified=False):
    camera = camera_of(info, height, width, FOV, rectified)
    assert not camera.assumed
    m = camera.matrix
    return m[0, 0], m[1, 1], m[0, 2], m[1, 2]


@pytest.mark.parametrize("rectified", [False, True])
def test_a_calibration_of_another_size_is_scaled(rectified):
    info = calibration(1280, 960)
    assert pinhole(info, 1280, 960, rectified) == (1000, 1000, 640, 480)
    assert pinhole(info, 640, 480, rectified) == (500, 500, 320, 240)


@pytest.mark.parametrize("rectified", [False, True])
def test_a_region_of_interest_moves_the_centre_and_binning_scales(rectified):
    # x_offset, y_offset, height, width, as the message has them
    info = calibration(1280, 1024, (320, 272, 480, 640))
    assert pinhole(info, 640, 480, rectified) == (1000, 1000, 320, 240)
    assert pinhole(info, 320, 240, rectified) == (500, 500, 160, 120)
    corner = calibration(1280, 1024, (0, 0, 480, 640))
    assert pinhole(corner, 640, 480, rectified) == (1000, 1000, 640, 512)


def test_a_calibration_for_images_of_another_shape_is_none():
    camera = camera_of(calibration(640, 480), 720, 1280, FOV, False)
    assert camera.assumed
    assert np.allclose(camera.matrix, camera_of(None, 720, 1280, FOV, False).matrix)


@pytest.mark.parametrize("width, height", [(641, 481), (640, 481), (320, 241), (213, 160)])
def test_rounded_sizes_are_of_the_same_shape(width, height):
    assert pinhole(calibration(640, 480), width, height)


def test_a_sensor_without_a_size_is_taken_as_the_image():
    info = calibration(640, 480)
    info.width = info.height = 0
    assert pinhole(info, 640, 480) == (1000, 1000, 320, 240)

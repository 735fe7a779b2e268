"""The camera of a node by the calibration that came last and can be used; needs ROS."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import hostile
from sensor_msgs.msg import CameraInfo

from lightweight_openpose.ros.plumbing.calibrated_camera import CalibratedCamera
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth
from lightweight_openpose.ros.plumbing.guard import guarded


def cameras(rectified=False):
    health = StreamHealth()
    camera = CalibratedCamera(health, rectified)
    return health, camera, guarded(health, camera._on_info, frames=False)


@pytest.mark.parametrize("harm", hostile.BAD_LENSES.values(), ids=hostile.BAD_LENSES)
def test_a_lens_that_is_not_known_is_named_and_the_last_good_calibration_stays(harm):
    health, camera, take = cameras()
    take(hostile.camera_info())
    take(hostile.camera_info(**harm))
    assert health.bad == 1 and "~rectified" in health.last_error
    assert not camera.of(hostile.HEIGHT, hostile.WIDTH).assumed


def test_of_rectified_images_the_lens_does_not_matter():
    health, camera, take = cameras(rectified=True)
    take(hostile.camera_info(distortion_model="omnidirectional"))
    assert health.bad == 0 and not camera.of(hostile.HEIGHT, hostile.WIDTH).assumed


def test_a_fisheye_and_no_calibration():
    health, camera, take = cameras()
    take(hostile.camera_info(distortion=(0.1, 0, 0, 0), distortion_model="equidistant"))
    assert camera.of(hostile.HEIGHT, hostile.WIDTH).fisheye
    take(CameraInfo(distortion_model="none"))
    assert camera.of(hostile.HEIGHT, hostile.WIDTH).assumed and health.bad == 0

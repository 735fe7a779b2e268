"""Which depth is registered, and which is brought to the joints; needs ROS."""

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rospy", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import hostile
from std_msgs.msg import Header

from lightweight_openpose.geometry.rigid_transform import RigidTransform
from lightweight_openpose.ros.messages.camera_info import camera_of
from lightweight_openpose.ros.messages.reading import read
from lightweight_openpose.ros.nodes.depth_input import DepthInput
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth
from lightweight_openpose.video.images import BadImage

CENTRE = np.array([[31.5, 23.5], [np.nan, np.nan]])  # px
COLOR = camera_of(hostile.camera_info(), hostile.HEIGHT, hostile.WIDTH, 1.0, False)


class Beside:
    """Frames of which the depth camera is 10 cm behind the colour camera."""

    def transform(self, target, source, stamp, remedy):
        if target == source:
            return RigidTransform.identity()
        return RigidTransform(np.eye(3), np.array([0, 0, -0.1]))


@pytest.fixture
def depth_input():
    return DepthInput("image", False, StreamHealth(), Beside())


def depths(depth_input, **changes):
    around = depth_input.around(hostile.depth(**changes), read(hostile.poses()), COLOR)
    known, missing = around(CENTRE, 2)
    assert len(missing) == 0
    return known


def test_depth_of_the_frame_of_the_image_is_taken_as_it_is(depth_input):
    np.testing.assert_allclose(depths(depth_input), np.full((25,), 0.8), rtol=1e-6)
    depth_input._camera._on_info(hostile.camera_info())  # the same as of the colour camera
    assert len(depths(depth_input)) == 25


def test_depth_of_the_frame_but_of_another_calibration_is_projected(depth_input):
    depth_input._camera._on_info(hostile.camera_info(focal=30.0))
    known = depths(depth_input)
    assert 4 <= len(known) < 25
    np.testing.assert_allclose(known, 0.8, rtol=1e-6)


def test_depth_of_another_frame_is_moved(depth_input):
    depth_input._camera._on_info(hostile.camera_info())
    header = Header(frame_id="depth")
    np.testing.assert_allclose(depths(depth_input, header=header), 0.7, rtol=1e-6)
    directions = depth_input._directions
    depths(depth_input, header=header)
    assert depth_input._directions is directions  # computed once


def test_depth_of_another_frame_needs_a_calibration(depth_input):
    with pytest.raises(BadImage, match="depth in frame 'depth', poses in 'eye'.*remap depth/"):
        depths(depth_input, header=Header(frame_id="depth"))

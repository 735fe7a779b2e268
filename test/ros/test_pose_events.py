"""What pose_events_node takes from other messages; needs ROS."""

import numpy as np
import pytest

pytest.importorskip("rospy", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
from lightweight_openpose.msg import HumanPose3D, HumanPose3DArray, Keypoint3D

from lightweight_openpose.ros.messages.reading import read
from lightweight_openpose.ros.nodes.pose_events import _by_track


def people(estimated):
    joints = [Keypoint3D(1.0, 2.0, 3.0, 0.5)] * 18
    person = HumanPose3D(track_id=7, keypoints=joints, left_hand=joints[:1] * 21)
    return read(HumanPose3DArray(estimated=estimated, poses=[person]))


def test_measured_people_have_points_of_body_and_hands():
    heads, bodies = _by_track([people(estimated=False)])
    assert heads == {} and set(bodies) == {7}
    assert bodies[7].body.shape == (18, 3) and bodies[7].hands[0].shape == (21, 3)
    np.testing.assert_array_equal(bodies[7].hands[0][4], (1, 2, 3))
    assert bodies[7].hands[1] is None


def test_people_at_a_guessed_distance_are_flat_and_point_nowhere():
    assert _by_track([people(estimated=True)]) == ({}, {})

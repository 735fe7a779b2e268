"""Positions and rotations as messages; needs ROS."""

import numpy as np
import pytest

pytest.importorskip("geometry_msgs.msg", reason="ROS is not sourced")
from std_msgs.msg import Header

from lightweight_openpose.ros.messages.transforms import quaternion_of, transform


def test_a_quarter_turn_about_z_keeps_place_and_header():
    quarter = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    msg = transform(Header(frame_id="camera"), "head_3", (1, 2, 3), quaternion_of(quarter))
    assert (msg.header.frame_id, msg.child_frame_id) == ("camera", "head_3")
    at, turn = msg.transform.translation, msg.transform.rotation
    assert (at.x, at.y, at.z) == (1, 2, 3)
    assert (turn.x, turn.y, turn.z, turn.w) == pytest.approx((0, 0, 0.5**0.5, 0.5**0.5))

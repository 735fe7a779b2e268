"""Positions and rotations as messages; needs ROS."""

import numpy as np
import pytest

pytest.importorskip("geometry_msgs.msg", reason="ROS is not sourced")
from std_msgs.msg import Header

from lightweight_openpose.geometry.rigid_transform import RigidTransform
from lightweight_openpose.ros.messages.transforms import (
    pose_of,
    quaternion_of,
    rigid_of,
    transform,
)

QUARTER = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])  # about z


def test_a_quarter_turn_about_z_keeps_place_and_header():
    msg = transform(Header(frame_id="camera"), "head_3", (1, 2, 3), quaternion_of(QUARTER))
    assert (msg.header.frame_id, msg.child_frame_id) == ("camera", "head_3")
    at, turn = msg.transform.translation, msg.transform.rotation
    assert (at.x, at.y, at.z) == (1, 2, 3)
    assert (turn.x, turn.y, turn.z, turn.w) == pytest.approx((0, 0, 0.5**0.5, 0.5**0.5))


@pytest.mark.parametrize("given, sent", [("camera", "camera"), ("/camera", "camera"), ("/", "")])
def test_frames_lose_their_slash_and_the_header_keeps_it(given, sent):
    header = Header(frame_id=given)
    msg = transform(header, given + "/head_3", (1, 2, 3), quaternion_of(QUARTER))
    assert msg.header.frame_id == sent and header.frame_id == given
    assert msg.child_frame_id == (given + "/head_3").lstrip("/")


def test_a_transform_makes_the_round_trip():
    msg = transform(Header(frame_id="camera"), "head_3", (1, 2, 3), quaternion_of(QUARTER))
    place = rigid_of(msg)
    np.testing.assert_allclose(place.rotation, QUARTER, atol=1e-12)
    np.testing.assert_allclose(place.apply(np.array([1.0, 0, 0])), (1, 3, 3))


def test_a_pose_in_another_frame():
    place = RigidTransform(QUARTER, np.array([0.0, 0, 1]))
    moved = pose_of(RigidTransform(np.eye(3), np.array([2.0, 0, 0])).then(place))
    assert (moved.position.x, moved.position.y, moved.position.z) == pytest.approx((0, 2, 1))
    turn = moved.orientation
    assert (turn.x, turn.y, turn.z, turn.w) == pytest.approx((0, 0, 0.5**0.5, 0.5**0.5))

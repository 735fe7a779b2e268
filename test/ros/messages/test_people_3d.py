"""People in metres as messages; needs the generated messages."""

import numpy as np
import pytest

pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
from lightweight_openpose.msg import HumanPose, HumanPose3DArray
from std_msgs.msg import Header

from lightweight_openpose.geometry.rigid_transform import RigidTransform
from lightweight_openpose.ros.messages.people_3d import moved_people, person_to_msg, position_of
from lightweight_openpose.ros.nodes.velocities import Velocities

FORWARD = RigidTransform(  # of an optical frame in one of x forward, y left, z up
    np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]]), np.array([0.5, 0, 1])
)


def people(position, stamp=5.0, **groups):
    points = np.array([[0.1, 0.2, 2.0, 0.9], [np.nan, np.nan, np.nan, 0.4]], np.float32)
    covariance = np.diag([0.01, 0.02, 0.09])
    person = person_to_msg(HumanPose(track_id=3, score=0.5), points, position, covariance, groups)
    header = Header(7, Header().stamp.from_sec(stamp), "camera")
    return HumanPose3DArray(
        header=header, skeleton="coco18", assumed_intrinsics=True, poses=[person]
    )


def test_people_in_another_frame():
    msg = people(np.array([0.1, 0.2, 2.0]))
    moved = moved_people(msg, FORWARD, "base_link")
    assert (moved.header.frame_id, moved.header.stamp) == ("base_link", msg.header.stamp)
    assert (moved.skeleton, moved.assumed_intrinsics, moved.estimated) == ("coco18", True, False)
    (person,) = moved.poses
    assert (person.track_id, person.score, person.num_keypoints) == (3, 0.5, 1)
    np.testing.assert_allclose(position_of(person), (2.5, -0.1, 0.8))
    seen, unseen = person.keypoints
    np.testing.assert_allclose((seen.x, seen.y, seen.z), (2.5, -0.1, 0.8), atol=1e-6)
    assert (seen.score, unseen.score) == pytest.approx((0.9, 0.4))
    assert np.isnan([unseen.x, unseen.y, unseen.z]).all()
    expected = np.diag([0.09, 0.01, 0.02])
    np.testing.assert_allclose(np.reshape(person.position_covariance, (3, 3)), expected)
    assert msg.header.frame_id == "camera" and msg.poses[0].position.z == 2.0


def test_hands_are_empty_or_move_with_their_people():
    assert people(np.zeros(3)).poses[0].left_hand == people(np.zeros(3)).poses[0].right_hand == []
    hand = np.full((21, 4), np.nan)
    hand[:, 3] = 0.4
    hand[0] = (0.1, 0.2, 2.0, 0.9)
    msg = people(np.zeros(3), right_hand=hand)
    (person,) = moved_people(msg, FORWARD, "base_link").poses
    assert person.left_hand == [] and len(person.right_hand) == 21
    wrist, finger = person.right_hand[:2]
    np.testing.assert_allclose((wrist.x, wrist.y, wrist.z), (2.5, -0.1, 0.8), atol=1e-6)
    assert np.isnan([finger.x, finger.y, finger.z]).all()
    assert (wrist.score, finger.score) == pytest.approx((0.9, 0.4))


def test_somebody_without_a_position_has_none_in_any_frame():
    msg = people(np.full(3, np.nan))
    msg.poses[0].position_covariance = [float("nan")] * 9
    (person,) = moved_people(msg, FORWARD, "base_link").poses
    assert np.isnan(position_of(person)).all() and np.isnan(person.position_covariance).all()


def test_velocities_are_those_of_tracked_people():
    velocities = Velocities()
    for i in range(5):
        msg = people(np.array([0.1 * i, 0, 2.0]), 5 + i / 10)
        stranger = people(np.zeros(3)).poses[0]
        stranger.track_id = -1
        msg.poses.append(stranger)
        velocities.add_to(msg)
    assert msg.poses[0].velocity.x == pytest.approx(1.0)
    assert np.isnan(msg.poses[1].velocity.x)

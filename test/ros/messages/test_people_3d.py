"""People in metres, in messages and in other frames; needs the generated messages."""

import io

import numpy as np
import pytest

pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
from lightweight_openpose.msg import HumanPose3DArray
from std_msgs.msg import Header

from lightweight_openpose.geometry.person_3d import Person3D
from lightweight_openpose.geometry.rigid_transform import RigidTransform
from lightweight_openpose.ros.messages.people_3d import People3D, people_3d_to_msg, read_people_3d
from lightweight_openpose.ros.nodes.velocities import Velocities

FORWARD = RigidTransform(  # of an optical frame in one of x forward, y left, z up
    np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]]), np.array([0.5, 0, 1])
)
HAND = np.full((21, 4), np.nan)
HAND[:, 3] = 0.4
HAND[0] = (0.1, 0.2, 2.0, 0.9)


def people(*positions, stamp=5.0, **groups):
    """Person 3 at the first position, others without an id at the others."""
    points = np.array([[0.1, 0.2, 2.0, 0.9], [np.nan, np.nan, np.nan, 0.4]])
    covariance = np.diag([0.01, 0.02, 0.09])
    found = [
        Person3D(-1 if i else 3, 0.5, points, np.array(position, float), covariance, groups)
        for i, position in enumerate(positions)
    ]
    header = Header(7, Header().stamp.from_sec(stamp), "camera")
    return People3D(header, "two joints", False, True, found)


def round_trip(found):
    buffer = io.BytesIO()
    people_3d_to_msg(found).serialize(buffer)
    return read_people_3d(HumanPose3DArray().deserialize(buffer.getvalue()))


def test_people_make_the_round_trip():
    found = people((0.1, 0.2, 2.0), (np.nan,) * 3, right_hand=HAND)
    back = round_trip(found)
    assert (back.header, back.skeleton) == (found.header, "two joints")
    assert (back.estimated, back.assumed_intrinsics) == (False, True)
    for person, before in zip(back.poses, found.poses):
        assert (person.track_id, person.score) == (before.track_id, 0.5)
        assert person.num_keypoints == before.num_keypoints == 1
        np.testing.assert_array_equal(person.keypoints, before.keypoints.astype(np.float32))
        np.testing.assert_array_equal(person.position, before.position)
        np.testing.assert_array_equal(person.covariance, before.covariance)
        assert np.isnan(person.velocity).all() and list(person.groups) == ["right_hand"]
        np.testing.assert_array_equal(person.groups["right_hand"], HAND.astype(np.float32))


def test_people_in_another_frame():
    found = people((0.1, 0.2, 2.0))
    moved = found.moved(FORWARD, "base_link")
    assert (moved.header.frame_id, moved.header.stamp) == ("base_link", found.header.stamp)
    assert (moved.skeleton, moved.assumed_intrinsics, moved.estimated) == (
        "two joints",
        True,
        False,
    )
    (person,) = moved.poses
    assert (person.track_id, person.score, person.num_keypoints) == (3, 0.5, 1)
    np.testing.assert_allclose(person.position, (2.5, -0.1, 0.8))
    np.testing.assert_allclose(person.keypoints[0], (2.5, -0.1, 0.8, 0.9))
    np.testing.assert_allclose(person.keypoints[1], (np.nan, np.nan, np.nan, 0.4))
    np.testing.assert_allclose(person.covariance, np.diag([0.09, 0.01, 0.02]))
    assert found.header.frame_id == "camera" and found.poses[0].position[2] == 2.0


def test_hands_move_with_their_people():
    (person,) = people((0, 0, 0), right_hand=HAND).moved(FORWARD, "base_link").poses
    assert list(person.groups) == ["right_hand"]
    wrist, finger = person.groups["right_hand"][:2]
    np.testing.assert_allclose(wrist, (2.5, -0.1, 0.8, 0.9))
    np.testing.assert_allclose(finger, (np.nan, np.nan, np.nan, 0.4))
    msg = people_3d_to_msg(people((0, 0, 0))).poses[0]
    assert msg.left_hand == msg.right_hand == []


def test_somebody_without_a_position_has_none_in_any_frame():
    (person,) = people((np.nan,) * 3).moved(FORWARD, "base_link").poses
    assert np.isnan(person.position).all()


def test_velocities_are_those_of_tracked_people():
    velocities = Velocities()
    for i in range(5):
        found = velocities.add_to(people((0.1 * i, 0, 2.0), (0, 0, 0), stamp=5 + i / 10))
    moving, stranger = people_3d_to_msg(found).poses
    assert moving.velocity.x == pytest.approx(1.0)
    assert np.isnan(stranger.velocity.x)

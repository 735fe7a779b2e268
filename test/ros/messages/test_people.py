"""Messages <-> core types; needs the generated messages."""

import io
import math
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
from lightweight_openpose.msg import HumanPoseArray
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from lightweight_openpose.geometry.orientation import Orientation, rotation_from_angles
from lightweight_openpose.poses.pose import Pose, missing_keypoints
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.ros.messages.camera_info import camera_of
from lightweight_openpose.ros.messages.people import (
    head_to_msg,
    msg_to_head,
    poses_to_msg,
    read_people,
)


def test_poses_make_the_round_trip():
    keypoints = missing_keypoints(18)
    keypoints[:5] = [[10.25, 20.5, 0.5]] * 4 + [[700, -3, 0.9]]
    pose = Pose(keypoints, 0.625, 7)
    msg = poses_to_msg([pose], Header(frame_id="cam"), 480, 640, COCO18)
    (back,) = read_people(msg).poses
    np.testing.assert_array_equal(back.keypoints, keypoints)
    assert (back.score, back.track_id, msg.header.frame_id, msg.skeleton) == (
        0.625,
        7,
        "cam",
        "coco18",
    )
    box = msg.poses[0].bbox
    assert (box.x_offset, box.y_offset, box.x_offset + box.width, box.y_offset + box.height) == (
        10,
        0,
        640,
        22,
    )


def test_hands_make_the_round_trip_and_none_stays_none():
    hand = missing_keypoints(21)
    hand[3] = (12.5, 7.25, 0.5)
    msg = poses_to_msg(
        [Pose(missing_keypoints(18), 0.5, 1, right_hand=hand)], Header(), 480, 640, COCO18
    )
    assert (len(msg.poses[0].left_hand), len(msg.poses[0].right_hand)) == (0, 21)
    (back,) = read_people(msg).poses
    assert back.left_hand is None
    np.testing.assert_array_equal(back.right_hand, hand)


def test_a_face_makes_the_round_trip_and_none_stays_none():
    face = missing_keypoints(32)
    face[17] = (12.5, 7.25, 0.5)
    people = [Pose(missing_keypoints(18), 0.5, 1, face=face), Pose(missing_keypoints(18), 0.5)]
    msg = poses_to_msg(people, Header(), 480, 640, COCO18)
    assert [len(person.face) for person in msg.poses] == [32, 0]
    back, other = read_people(msg).poses
    np.testing.assert_array_equal(back.face, face)
    assert other.face is None and back.left_hand is None


def serialized(msg):
    buffer = io.BytesIO()
    msg.serialize(buffer)
    return buffer.getvalue()


def test_what_is_written_from_arrays_is_what_the_messages_of_the_people_would_be():
    rng = np.random.default_rng(0)
    people = []
    for track_id in (-1, 7, 8):
        parts = [
            np.column_stack([rng.uniform(0, 640, (n, 2)), rng.random(n)]) for n in (18, 21, 32)
        ]
        parts[0][3:5] = np.nan, np.nan, 0
        body, hand, face = (part.astype(np.float32) for part in parts)
        people.append(Pose(body, 0.7, track_id, right_hand=hand, face=face if track_id else None))
    people.append(Pose(missing_keypoints(18), 0.1))
    header = Header(seq=3, frame_id="eye")
    msg = poses_to_msg(people, header, 480, 640, COCO18, "own")
    written = serialized(msg)
    plain = HumanPoseArray(header, "coco18", "own", 480, 640, msg.poses)
    assert written == serialized(plain) == serialized(msg)
    assert str(msg) == str(plain) and len(msg.poses) == 4
    back = read_people(HumanPoseArray().deserialize(written))
    for pose, found in zip(people, back.poses):
        np.testing.assert_array_equal(pose.keypoints, found.keypoints)
        assert pose.groups.keys() == found.groups.keys()


def test_people_that_are_changed_after_they_were_made_are_written_as_they_are():
    msg = poses_to_msg([Pose(missing_keypoints(18), 0.5, 7)], Header(), 480, 640, COCO18)
    msg.poses[0].track_id = 9
    assert HumanPoseArray().deserialize(serialized(msg)).poses[0].track_id == 9
    msg.poses = []
    assert HumanPoseArray().deserialize(serialized(msg)).poses == []


def test_the_model_is_in_the_message():
    assert poses_to_msg([], Header(), 480, 640, COCO18, "own").model == "own"
    msg = poses_to_msg([], Header(), 480, 640, COCO18)
    assert (msg.model, msg.skeleton, msg.height, msg.width) == ("", "coco18", 480, 640)


@pytest.mark.parametrize("stddev", [(0.125, 0.25, 0.5), (math.nan,) * 3])
def test_heads_make_the_round_trip(stddev):
    place = np.array([0.25, -0.5, 2.0])
    rotation = rotation_from_angles(0.5, -0.25, 0.125, place)
    head = replace(Orientation.of(rotation, place, 0.75, 5), angle_stddev=stddev)
    msg = head_to_msg(head, 7)
    back = msg_to_head(msg)
    assert msg.track_id == 7
    np.testing.assert_allclose(back.rotation, rotation, atol=1e-9)
    np.testing.assert_array_equal(back.translation, place)
    assert (back.yaw, back.pitch, back.roll) == (head.yaw, head.pitch, head.roll)
    assert (back.reprojection_error, back.num_keypoints) == (0.75, 5)
    np.testing.assert_array_equal(back.angle_stddev, stddev)


def test_standard_deviations_of_a_head_are_not_known_unless_given():
    head = Orientation.of(np.eye(3), np.array([0, 0, 1.0]), 0.0, 5)
    assert np.isnan(head_to_msg(head, 1).angle_stddev).all()


@pytest.mark.parametrize("info", [None, CameraInfo(), CameraInfo(K=[float("nan")] * 9)])
def test_uncalibrated_cameras_are_said_to_be(info):
    camera = camera_of(info, 480, 640, np.radians(90), rectified=False)
    assert camera.assumed and camera.matrix[0, 0] == pytest.approx(320)

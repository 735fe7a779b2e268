"""Messages <-> core types; needs the generated messages."""

import numpy as np
import pytest

pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from lightweight_openpose.poses.pose import Pose, missing_keypoints
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.ros.messages.camera_info import camera_of
from lightweight_openpose.ros.messages.people import msg_to_pose, poses_to_msg


def test_poses_make_the_round_trip():
    keypoints = missing_keypoints(18)
    keypoints[:5] = [[10.25, 20.5, 0.5]] * 4 + [[700, -3, 0.9]]
    pose = Pose(keypoints, 0.625, 7)
    msg = poses_to_msg([pose], Header(frame_id="cam"), 480, 640, COCO18)
    back = msg_to_pose(msg.poses[0])
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
    msg = poses_to_msg([Pose(missing_keypoints(18), 0.5, 1, right_hand=hand)], Header(), 480, 640,
                       COCO18)
    assert (len(msg.poses[0].left_hand), len(msg.poses[0].right_hand)) == (0, 21)
    back = msg_to_pose(msg.poses[0])
    assert back.left_hand is None
    np.testing.assert_array_equal(back.right_hand, hand)


@pytest.mark.parametrize("info", [None, CameraInfo(), CameraInfo(K=[float("nan")] * 9)])
def test_uncalibrated_cameras_are_said_to_be(info):
    camera = camera_of(info, 480, 640, np.radians(90), rectified=False)
    assert camera.assumed and camera.matrix[0, 0] == pytest.approx(320)

"""Messages are what their definition says, or are named as bad; needs ROS."""

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rospy", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import hostile
from lightweight_openpose.msg import Keypoint
from sensor_msgs.msg import CameraInfo

from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.ros.messages.reading import read
from lightweight_openpose.ros.messages.validation import BadMessage
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth
from lightweight_openpose.ros.plumbing.guard import guarded

HARMS = [
    pytest.param(make, harm, id=f"{make.__name__}: {name}")
    for make, harms in (
        (hostile.poses, hostile.BAD_POSES),
        (hostile.poses_3d, hostile.BAD_POSES_3D),
        (hostile.heads, hostile.BAD_HEADS),
        (hostile.camera_info, hostile.BAD_CAMERA_INFO),
    )
    for name, harm in harms.items()
]


@pytest.mark.parametrize("make, harm", HARMS)
def test_a_bad_message_is_named_and_a_good_one_is_answered(make, harm):
    with pytest.raises(BadMessage):
        read(make(**harm), COCO18)
    health, answered = StreamHealth(), []
    callback = guarded(health, answered.append, COCO18)
    callback(make(**harm))
    good = make()
    callback(good)
    (found,) = answered
    header = found.header
    assert header is good.header and health.bad == 1 and health.account.totals().answered == 1


@pytest.mark.parametrize(
    "info",
    [
        CameraInfo(),
        CameraInfo(K=[float("nan")] * 9, width=512, height=512),
        hostile.camera_info(width=0, height=0),
        CameraInfo(K=[500, 0, 32, 0, 0, 24, 0, 0, 1], width=512, height=512),
    ],
    ids=["of zeros", "of NaN", "of no size", "of one focal length"],
)
def test_a_camera_that_is_not_calibrated_is_no_fault(info):
    assert read(info) is info


def test_a_whole_hand_passes():
    hand = [(5.0, 5.0, 0.5)] * 20 + [(float("nan"), float("nan"), 0.0)]
    (pose,) = read(hostile.poses(hand=hand)).poses
    np.testing.assert_array_equal(pose.left_hand, np.array(hand, np.float32))


def test_poses_of_any_skeleton_pass_where_none_is_asked_for():
    read(hostile.poses(skeleton="submarine", count=4))
    with pytest.raises(BadMessage, match="has 4 keypoints, coco18 has 18"):
        read(hostile.poses(count=4))
    with pytest.raises(BadMessage, match="poses of skeleton submarine, but this node"):
        read(hostile.poses(skeleton="submarine", count=18), COCO18)


def test_an_unmeasured_joint_in_space_is_no_fault():
    first = [float("nan")] * 3 + [0.5]
    people = read(hostile.poses_3d(first=first, hand=[first] * 21), COCO18)
    (person,) = people.poses
    np.testing.assert_array_equal(person.keypoints[0], first)
    np.testing.assert_array_equal(person.groups["right_hand"], [first] * 21)


class CountedKeypoint(Keypoint):
    """Counts how often its score is asked for."""

    reads = 0

    @property
    def score(self):
        CountedKeypoint.reads += 1
        return 0.5

    @score.setter
    def score(self, value):
        pass


def test_a_keypoint_is_read_once_on_its_way_to_a_node():
    msg, answered = hostile.poses(hand=[(5.0, 5.0, 0.5)] * 21), []
    person = msg.poses[0]
    person.keypoints = [CountedKeypoint(5.0, 5.0, 0.5) for _ in person.keypoints]
    person.left_hand = [CountedKeypoint(5.0, 5.0, 0.5) for _ in person.left_hand]
    CountedKeypoint.reads = 0  # genpy reads them, too, when it makes them
    guarded(StreamHealth(), answered.append, COCO18)(msg)
    (people,) = answered
    (pose,) = people.poses
    assert CountedKeypoint.reads == 18 + 21
    assert pose.keypoints.shape == (18, 3) and pose.left_hand.shape == (21, 3)


def test_a_frame_that_fails_twice_in_a_callback_fails_as_its_message():
    health = StreamHealth()

    def on_people(people):
        health.fail(ValueError("one output"))

    guarded(health, on_people)(hostile.poses())
    assert health.last_error == "ValueError on HumanPoseArray: one output"
    guarded(health, lambda people: None)(hostile.poses())
    assert health.outcomes.trouble() is None

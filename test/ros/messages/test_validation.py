"""Messages are what their definition says, or are named as bad; needs ROS."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("rospy", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import hostile
from sensor_msgs.msg import CameraInfo

from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.ros.messages.validation import BadMessage, check
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
        check(make(**harm), COCO18)
    health, answered = StreamHealth(), []
    callback = guarded(health, answered.append, COCO18)
    callback(make(**harm))
    good = make()
    callback(good)
    assert answered == [good] and health.bad == 1


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
    check(info)


def test_a_whole_hand_passes():
    check(hostile.poses(hand=[(5.0, 5.0, 0.5)] * 20 + [(float("nan"), float("nan"), 0.0)]))


def test_poses_of_any_skeleton_pass_where_none_is_asked_for():
    check(hostile.poses(skeleton="submarine", count=4))
    with pytest.raises(BadMessage, match="has 4 keypoints, coco18 has 18"):
        check(hostile.poses(count=4))
    with pytest.raises(BadMessage, match="poses of skeleton submarine, but this node"):
        check(hostile.poses(skeleton="submarine", count=18), COCO18)


def test_an_unmeasured_joint_in_space_is_no_fault():
    nan = float("nan")
    check(hostile.poses_3d(first=(nan, nan, nan, 0.5), hand=[(nan, nan, nan, 0.5)] * 21), COCO18)

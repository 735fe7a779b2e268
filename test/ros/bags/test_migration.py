"""Bags that were recorded with the messages of earlier versions still play; needs ROS."""

import sys
from pathlib import Path

import numpy as np
import pytest

rosbag = pytest.importorskip("rosbag", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
import genpy.dynamic
import rospkg
import rospy
from lightweight_openpose.msg import (
    HandGesture,
    HeadOrientationArray,
    HumanPose3D,
    HumanPose3DArray,
    HumanPoseArray,
    PersonEventsArray,
)
from rosbag.migration import MessageMigrator, checkbag, fixbag2

from lightweight_openpose.poses.skeleton import COCO18

ROOT = Path(__file__).resolve().parents[3]
LINE = "\n" + 80 * "=" + "\n"
# Of version 0.1.0: no covariance, and nothing said of assumed intrinsics.
OLD = LINE.join(
    [
        "Header header\nstring skeleton\nbool estimated\nHumanPose3D[] poses",
        "MSG: std_msgs/Header\nuint32 seq\ntime stamp\nstring frame_id",
        "MSG: lightweight_openpose/HumanPose3D\nint32 track_id\nfloat32 score\nuint8 num_keypoints\n"
        "geometry_msgs/Point position\ngeometry_msgs/Vector3 velocity\nKeypoint3D[] keypoints",
        "MSG: geometry_msgs/Point\nfloat64 x\nfloat64 y\nfloat64 z",
        "MSG: geometry_msgs/Vector3\nfloat64 x\nfloat64 y\nfloat64 z",
        "MSG: lightweight_openpose/Keypoint3D\nfloat32 x\nfloat32 y\nfloat32 z\nfloat32 score",
    ]
)
# Before people in metres had hands.
WITHOUT_HANDS = OLD.replace(
    "bool estimated\n", "bool estimated\nbool assumed_intrinsics\n"
).replace("Point position\n", "Point position\nfloat64[9] position_covariance\n")
NAME = "lightweight_openpose/HumanPose3DArray"


@pytest.fixture(scope="module")
def migrator():
    manifest = rospkg.parse_manifest_file(str(ROOT), rospkg.MANIFEST_FILE)
    (rules,) = manifest.get_export("rosbag", "migration_rule_file")
    try:
        return MessageMigrator([str(ROOT / rules)], plugins=False)
    except KeyError:  # it reads back what exec() defines in a function
        if sys.version_info < (3, 13):
            raise
        pytest.skip("rosbag 1.17 has no migration under Python 3.13")


def old_bag(path, definition=OLD, **changes):
    """changes: to the message of one person."""
    types = genpy.dynamic.generate_dynamic(NAME, definition)
    person = types["lightweight_openpose/HumanPose3D"](track_id=3, score=0.5, num_keypoints=1)
    person.position.z, person.velocity.x = 2.0, 0.25
    person.keypoints = [types["lightweight_openpose/Keypoint3D"](1.0, 2.0, 3.0, 0.5)]
    msg = types[NAME](skeleton="coco18", estimated=True, poses=[person])
    msg.header.frame_id, msg.header.stamp = "camera", rospy.Time(5)
    for name, value in changes.items():
        setattr(person if hasattr(person, name) else msg, name, value)
    with rosbag.Bag(str(path), "w") as bag:
        bag.write("/poses_3d", msg, rospy.Time(6))


def test_a_bag_of_version_0_1_0_is_fixed(migrator, tmp_path):
    old_bag(tmp_path / "old.bag")
    (paths,) = checkbag(migrator, str(tmp_path / "old.bag"))
    assert paths[1] == [], "a rule is missing"
    assert fixbag2(migrator, str(tmp_path / "old.bag"), str(tmp_path / "new.bag")) == []
    with rosbag.Bag(str(tmp_path / "new.bag")) as bag:
        ((topic, msg, time),) = bag.read_messages()
    assert (topic, time, msg._md5sum) == ("/poses_3d", rospy.Time(6), HumanPose3DArray._md5sum)
    assert (msg.skeleton, msg.estimated, msg.assumed_intrinsics) == ("coco18", True, False)
    assert (msg.header.frame_id, msg.header.stamp) == ("camera", rospy.Time(5))
    (person,) = msg.poses
    assert (person.track_id, person.score, person.num_keypoints) == (3, 0.5, 1)
    assert (person.position.z, person.velocity.x) == (2.0, 0.25)
    assert np.isnan(person.position_covariance).all()
    (joint,) = person.keypoints
    assert (joint.x, joint.y, joint.z, joint.score) == (1.0, 2.0, 3.0, 0.5)
    assert (person.left_hand, person.right_hand) == ([], [])


def test_people_in_metres_without_hands_are_fixed(migrator, tmp_path):
    covariance = [0.5] * 9
    old_bag(
        tmp_path / "old.bag", WITHOUT_HANDS, assumed_intrinsics=True, position_covariance=covariance
    )
    (paths,) = checkbag(migrator, str(tmp_path / "old.bag"))
    assert paths[1] == [], "a rule is missing"
    assert fixbag2(migrator, str(tmp_path / "old.bag"), str(tmp_path / "new.bag")) == []
    with rosbag.Bag(str(tmp_path / "new.bag")) as bag:
        ((_, msg, _),) = bag.read_messages()
    assert msg._md5sum == HumanPose3DArray._md5sum and msg.assumed_intrinsics and msg.estimated
    assert (msg.header.frame_id, msg.skeleton) == ("camera", "coco18")
    (person,) = msg.poses
    assert (person.track_id, person.score, person.num_keypoints) == (3, 0.5, 1)
    assert list(person.position_covariance) == covariance
    assert (person.position.z, person.velocity.x, person.keypoints[0].z) == (2.0, 0.25, 3.0)
    assert (person.left_hand, person.right_hand) == ([], [])


def test_a_bag_of_now_needs_no_rule(migrator, tmp_path):
    msg = HumanPose3DArray(poses=[HumanPose3D()])
    with rosbag.Bag(str(tmp_path / "new.bag"), "w") as bag:
        bag.write("/poses_3d", msg, rospy.Time(6))
    assert checkbag(migrator, str(tmp_path / "new.bag")) == []


# Of version 0.1.0: no hands.
OLD_POSES = LINE.join(
    [
        "Header header\nstring skeleton\nuint32 height\nuint32 width\nHumanPose[] poses",
        "MSG: std_msgs/Header\nuint32 seq\ntime stamp\nstring frame_id",
        "MSG: lightweight_openpose/HumanPose\n"
        + "".join(
            f"uint8 {name}={i}\n" for i, name in enumerate(k.upper() for k in COCO18.keypoints)
        )
        + "int32 track_id\nfloat32 score\nuint8 num_keypoints\nsensor_msgs/RegionOfInterest bbox\n"
        "Keypoint[] keypoints",
        "MSG: sensor_msgs/RegionOfInterest\nuint32 x_offset\nuint32 y_offset\nuint32 height\n"
        "uint32 width\nbool do_rectify",
        "MSG: lightweight_openpose/Keypoint\nfloat32 x\nfloat32 y\nfloat32 score",
    ]
)


# Before people had faces and arrays the name of the network.
WITHOUT_FACES = OLD_POSES.replace(
    "Keypoint[] keypoints", "Keypoint[] keypoints\nKeypoint[] left_hand\nKeypoint[] right_hand"
)


@pytest.mark.parametrize("definition, hand", [(OLD_POSES, []), (WITHOUT_FACES, [(4.0, 5.0, 0.25)])])
def test_poses_without_hands_or_faces_are_fixed(migrator, tmp_path, definition, hand):
    name = "lightweight_openpose/HumanPoseArray"
    types = genpy.dynamic.generate_dynamic(name, definition)
    person = types["lightweight_openpose/HumanPose"](track_id=3, score=0.5, num_keypoints=1)
    person.bbox.width = 7
    person.keypoints = [types["lightweight_openpose/Keypoint"](1.0, 2.0, 0.5)]
    if hand:
        person.right_hand = [types["lightweight_openpose/Keypoint"](*hand[0])]
    msg = types[name](skeleton="coco18", height=480, width=640, poses=[person])
    msg.header.frame_id, msg.header.stamp = "camera", rospy.Time(5)
    with rosbag.Bag(str(tmp_path / "old.bag"), "w") as bag:
        bag.write("/poses", msg, rospy.Time(6))
    assert fixbag2(migrator, str(tmp_path / "old.bag"), str(tmp_path / "new.bag")) == []
    with rosbag.Bag(str(tmp_path / "new.bag")) as bag:
        ((_, msg, time),) = bag.read_messages()
    assert (time, msg._md5sum) == (rospy.Time(6), HumanPoseArray._md5sum)
    assert (msg.skeleton, msg.model, msg.height, msg.width) == ("coco18", "", 480, 640)
    assert (msg.header.frame_id, msg.header.stamp) == ("camera", rospy.Time(5))
    (person,) = msg.poses
    assert (person.track_id, person.score, person.num_keypoints) == (3, 0.5, 1)
    assert person.bbox.width == 7 and (person.left_hand, person.face) == ([], [])
    assert [(k.x, k.y, k.score) for k in person.right_hand] == hand
    (joint,) = person.keypoints
    assert (joint.x, joint.y, joint.score) == (1.0, 2.0, 0.5)


# Before standard deviations of the angles.
OLD_HEADS = LINE.join(
    [
        "Header header\nbool assumed_intrinsics\nHeadOrientation[] heads",
        "MSG: std_msgs/Header\nuint32 seq\ntime stamp\nstring frame_id",
        "MSG: lightweight_openpose/HeadOrientation\nint32 track_id\nfloat32 yaw\nfloat32 pitch\n"
        "float32 roll\ngeometry_msgs/Pose pose\nfloat32 reprojection_error\nuint8 num_keypoints",
        "MSG: geometry_msgs/Pose\nPoint position\nQuaternion orientation",
        "MSG: geometry_msgs/Point\nfloat64 x\nfloat64 y\nfloat64 z",
        "MSG: geometry_msgs/Quaternion\nfloat64 x\nfloat64 y\nfloat64 z\nfloat64 w",
    ]
)


def test_heads_without_standard_deviations_are_fixed(migrator, tmp_path):
    name = "lightweight_openpose/HeadOrientationArray"
    types = genpy.dynamic.generate_dynamic(name, OLD_HEADS)
    head = types["lightweight_openpose/HeadOrientation"](
        track_id=3, yaw=0.5, pitch=-0.25, roll=0.125, reprojection_error=1.5, num_keypoints=5
    )
    head.pose.position.z, head.pose.orientation.w = 2.0, 1.0
    msg = types[name](assumed_intrinsics=True, heads=[head])
    msg.header.frame_id, msg.header.stamp = "camera", rospy.Time(5)
    with rosbag.Bag(str(tmp_path / "old.bag"), "w") as bag:
        bag.write("/heads", msg, rospy.Time(6))
    assert fixbag2(migrator, str(tmp_path / "old.bag"), str(tmp_path / "new.bag")) == []
    with rosbag.Bag(str(tmp_path / "new.bag")) as bag:
        ((_, msg, time),) = bag.read_messages()
    assert (time, msg._md5sum) == (rospy.Time(6), HeadOrientationArray._md5sum)
    assert (msg.header.frame_id, msg.header.stamp) == ("camera", rospy.Time(5))
    assert msg.assumed_intrinsics
    (head,) = msg.heads
    assert (head.track_id, head.yaw, head.pitch, head.roll) == (3, 0.5, -0.25, 0.125)
    assert np.isnan(head.angle_stddev).all() and len(head.angle_stddev) == 3
    assert (head.reprojection_error, head.num_keypoints) == (1.5, 5)
    assert (head.pose.position.z, head.pose.orientation.w) == (2.0, 1.0)


# Before hands had gestures.
OLD_EVENTS = LINE.join(
    [
        "Header header\nPersonEvents[] people",
        "MSG: std_msgs/Header\nuint32 seq\ntime stamp\nstring frame_id",
        "MSG: lightweight_openpose/PersonEvents\nuint8 NO_ARM=0\nuint8 LEFT_ARM=1\nuint8 RIGHT_ARM=2\n"
        "int32 track_id\nbool left_arm_raised\nbool right_arm_raised\nbool left_hand_waving\n"
        "bool right_hand_waving\nuint8 pointing_arm\nfloat32 pointing_angle\n"
        "geometry_msgs/Vector3 pointing_direction\nbool facing\nbool fallen",
        "MSG: geometry_msgs/Vector3\nfloat64 x\nfloat64 y\nfloat64 z",
    ]
)


def test_events_without_gestures_of_hands_are_fixed(migrator, tmp_path):
    name = "lightweight_openpose/PersonEventsArray"
    types = genpy.dynamic.generate_dynamic(name, OLD_EVENTS)
    person = types["lightweight_openpose/PersonEvents"](
        track_id=3, right_hand_waving=True, pointing_arm=1, pointing_angle=0.5, fallen=True
    )
    person.pointing_direction.z = 0.25
    msg = types[name](people=[person])
    msg.header.frame_id, msg.header.stamp = "camera", rospy.Time(5)
    with rosbag.Bag(str(tmp_path / "old.bag"), "w") as bag:
        bag.write("/events", msg, rospy.Time(6))
    assert fixbag2(migrator, str(tmp_path / "old.bag"), str(tmp_path / "new.bag")) == []
    with rosbag.Bag(str(tmp_path / "new.bag")) as bag:
        ((_, msg, time),) = bag.read_messages()
    assert (time, msg._md5sum) == (rospy.Time(6), PersonEventsArray._md5sum)
    assert (msg.header.frame_id, msg.header.stamp) == ("camera", rospy.Time(5))
    (person,) = msg.people
    assert (person.track_id, person.pointing_arm, person.pointing_angle) == (3, 1, 0.5)
    assert person.right_hand_waving and person.fallen and person.pointing_direction.z == 0.25
    assert not (person.left_arm_raised or person.left_hand_waving or person.facing)
    for hand in (person.left_hand, person.right_hand):
        assert (hand.gesture, hand.fingers) == (HandGesture.UNKNOWN, -1)
        assert np.isnan(hand.pointing_angle)
        assert np.isnan([hand.pointing_origin.x, hand.pointing_direction.z]).all()

"""Messages that no node may stumble over, and good ones beside them."""

import math

from geometry_msgs.msg import Point, Pose, Quaternion
from lightweight_openpose.msg import (
    HeadOrientation,
    HeadOrientationArray,
    HumanPose,
    HumanPose3D,
    HumanPose3DArray,
    HumanPoseArray,
    Keypoint,
    Keypoint3D,
)
from sensor_msgs.msg import CameraInfo, Image, RegionOfInterest
from std_msgs.msg import Header

WIDTH, HEIGHT = 64, 48  # px
FRAME = "eye"
JOINTS = 18


def poses(stamp=None, count=JOINTS, first=None, hand=(), face=(), **changes):
    """One person of `count` joints; first: x, y, score of the first joint; changes: to the message.

    The person's last joint is not found. hand: x, y, score of each joint of the left hand; face:
    likewise of each landmark of the face.
    """
    joints = [Keypoint(10.0 + k, 5.0 + 2 * k, 0.5) for k in range(count)]
    if count > 1:
        joints[-1] = Keypoint(math.nan, math.nan, 0.0)
    if first is not None:
        joints[0] = Keypoint(*first)
    box = RegionOfInterest(x_offset=10, y_offset=5, height=36, width=18)
    person = HumanPose(track_id=3, score=0.7, num_keypoints=min(count, 255), bbox=box)
    person.keypoints = joints
    person.left_hand = [Keypoint(*place) for place in hand]
    person.face = [Keypoint(*place) for place in face]
    msg = HumanPoseArray(_header(stamp), "coco18", "", HEIGHT, WIDTH, [person])
    return _changed(msg, changes)


def poses_3d(stamp=None, count=JOINTS, first=(0.1, 0.2, 2.0, 0.5), hand=(), **changes):
    """The same in metres; hand: x, y, z, score of each joint of the right hand."""
    joints = [Keypoint3D(0.1 * k, 0.05 * k, 2.0, 0.5) for k in range(count)]
    if count:
        joints[0] = Keypoint3D(*first)
    person = HumanPose3D(track_id=3, score=0.7, num_keypoints=count, keypoints=joints)
    person.position = Point(0.1, 0.2, 2.0)
    person.right_hand = [Keypoint3D(*place) for place in hand]
    msg = HumanPose3DArray(header=_header(stamp), skeleton="coco18", poses=[person])
    return _changed(msg, changes)


def heads(
    stamp=None,
    quaternion=(0.0, 0.0, 0.0, 1.0),
    position=(0.1, 0.1, 2.0),
    yaw=0.1,
    stddev=(math.nan,) * 3,
):
    """One head."""
    pose = Pose(Point(*position), Quaternion(*quaternion))
    head = HeadOrientation(3, yaw, 0.1, 0.1, stddev, pose, 1.0, 5)
    return HeadOrientationArray(_header(stamp), False, [head])


def camera_info(stamp=None, distortion=(0.0,) * 5, focal=60.0, **changes):
    """The calibration of the image."""
    info = CameraInfo(header=_header(stamp), width=WIDTH, height=HEIGHT, D=list(distortion))
    info.K = [focal, 0, 31.5, 0, focal, 23.5, 0, 0, 1]
    info.P = [focal, 0, 31.5, 0, 0, focal, 23.5, 0, 0, 0, 1, 0]
    return _changed(info, changes)


def image(stamp=None, encoding="bgr8", **changes):
    """A grey picture."""
    step = WIDTH * (3 if encoding == "bgr8" else 2)
    data = b"\x20\x03" * (step * HEIGHT // 2)
    return _changed(Image(_header(stamp), HEIGHT, WIDTH, encoding, 0, step, data), changes)


def depth(stamp=None, **changes):
    """Everything at 0.8 m."""
    return image(stamp, "16UC1", **changes)


BAD_POSES = {
    "0 keypoints": dict(count=0),
    "17 keypoints": dict(count=17),
    "a NaN with a score": dict(first=(math.nan, 5.0, 0.5)),
    "an infinite coordinate": dict(first=(math.inf, 5.0, 0.5)),
    "a coordinate of 3e9": dict(first=(3e9, 5.0, 0.5)),
    "a score of NaN": dict(first=(5.0, 5.0, math.nan)),
    "a hand of 20 keypoints": dict(hand=[(5.0, 5.0, 0.5)] * 20),
    "a hand at NaN": dict(hand=[(math.nan, 5.0, 0.5)] * 21),
    "a face of 68 landmarks": dict(face=[(5.0, 5.0, 0.5)] * 68),
    "a face at NaN": dict(face=[(math.nan, 5.0, 0.5)] * 32),
    "a face with a score of NaN": dict(face=[(5.0, 5.0, math.nan)] * 32),
    "width 0": dict(width=0),
    "height 4294967295": dict(height=4294967295),
    "skeleton of another": dict(skeleton="submarine"),
}
BAD_POSES_3D = {
    "17 keypoints": dict(count=17),
    "an infinite coordinate": dict(first=(math.inf, 0.0, 2.0, 0.5)),
    "a coordinate of 3e9": dict(first=(0.0, 0.0, 3e9, 0.5)),
    "a hand of 20 keypoints": dict(hand=[(0.1, 0.1, 2.0, 0.5)] * 20),
    "a hand at infinity": dict(hand=[(0.1, 0.1, math.inf, 0.5)] * 21),
}
BAD_HEADS = {
    "a zero quaternion": dict(quaternion=(0.0, 0.0, 0.0, 0.0)),
    "a NaN quaternion": dict(quaternion=(math.nan,) * 4),
    "a quaternion of length 2": dict(quaternion=(0.0, 0.0, 0.0, 2.0)),
    "an infinite position": dict(position=(0.0, 0.0, math.inf)),
    "a yaw of NaN": dict(yaw=math.nan),
    "a negative standard deviation": dict(stddev=(0.1, -0.1, 0.1)),
    "an infinite standard deviation": dict(stddev=(math.inf, 0.1, 0.1)),
}
BAD_CAMERA_INFO = {
    "a negative focal length": dict(focal=-60.0),
    "a focal length of 3e9": dict(focal=3e9),
    "height 4294967295": dict(height=4294967295),
}
# Refused only by those who take the lens from it.
BAD_LENSES = {
    "a lens that nobody knows": dict(distortion_model="omnidirectional"),
    "a fisheye of 5 coefficients": dict(distortion_model="equidistant", distortion=(0.1,) * 5),
    "3 distortion values": dict(distortion=(0.1,) * 3),
    "1000 distortion values": dict(distortion=(0.1,) * 1000),
}
BAD_IMAGES = {
    "an image without data": dict(data=b""),
    "width 0": dict(width=0),
    "an encoding that there is not": dict(encoding="bgr9"),
}
BAD_DEPTH = {
    "depth without data": dict(data=b""),
    "width 0": dict(width=0),
    "4294967295 rows": dict(height=4294967295),
    "depth of another frame": dict(header=Header(frame_id="elsewhere")),
}


def _header(stamp):
    header = Header(frame_id=FRAME)
    if stamp is not None:
        header.stamp = stamp
    return header


def _changed(msg, changes):
    """The message with other values; a header keeps the stamp."""
    for name, value in changes.items():
        if name == "header":
            value.stamp = msg.header.stamp
        setattr(msg, name, value)
    return msg

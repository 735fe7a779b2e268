"""Messages <-> the core's types. Pure functions: no node, no clock, no parameters."""
from __future__ import annotations

import numpy as np
from geometry_msgs.msg import Point, Quaternion
from geometry_msgs.msg import Pose as PoseMsg
from scipy.spatial.transform import Rotation
from sensor_msgs.msg import RegionOfInterest

from lightweight_openpose.geometry.orientation import Orientation
from lightweight_openpose.msg import HeadOrientation, HumanPose, HumanPoseArray, Keypoint
from lightweight_openpose.poses.pose import Pose, missing_keypoints
from lightweight_openpose.poses.skeleton import Skeleton


def poses_to_msg(poses, header, height: int, width: int, skeleton: Skeleton) -> HumanPoseArray:
    """Poses of one image -> message with the image's own header."""
    return HumanPoseArray(header=header, skeleton=skeleton.name, height=height, width=width,
                          poses=[_pose_to_msg(p, height, width) for p in poses])


def _pose_to_msg(pose: Pose, height, width) -> HumanPose:
    rows = pose.keypoints.tolist()
    return HumanPose(track_id=pose.track_id, score=pose.score, num_keypoints=pose.num_keypoints,
                     bbox=_region(pose, height, width), keypoints=[Keypoint(*row) for row in rows])


def _region(pose, height, width) -> RegionOfInterest:
    if pose.num_keypoints == 0:
        return RegionOfInterest()
    x, y, w, h = pose.bbox
    x0, y0 = (int(np.clip(np.floor(v), 0, limit - 1)) for v, limit in ((x, width), (y, height)))
    x1, y1 = (int(np.clip(np.ceil(v), 0, limit - 1)) for v, limit in ((x + w, width), (y + h, height)))
    return RegionOfInterest(x_offset=x0, y_offset=y0, width=x1 - x0 + 1, height=y1 - y0 + 1)


def msg_to_pose(msg: HumanPose) -> Pose:
    """HumanPose -> Pose; inverse of poses_to_msg but for the rounding to float32."""
    keypoints = missing_keypoints(len(msg.keypoints))
    for i, k in enumerate(msg.keypoints):
        keypoints[i] = (k.x, k.y, k.score)
    return Pose(keypoints, msg.score, msg.track_id)


def head_to_msg(head: Orientation, track_id: int) -> HeadOrientation:
    quaternion = Quaternion(*Rotation.from_matrix(head.rotation).as_quat())
    return HeadOrientation(track_id=track_id, yaw=head.yaw, pitch=head.pitch, roll=head.roll,
                           pose=PoseMsg(Point(*head.translation), quaternion),
                           reprojection_error=head.reprojection_error, num_keypoints=head.num_keypoints)

"""Messages <-> the core's types. Pure functions: no node, no clock, no parameters."""

from __future__ import annotations

from typing import List, Optional

import numpy as np
from geometry_msgs.msg import Point
from geometry_msgs.msg import Pose as PoseMsg
from sensor_msgs.msg import RegionOfInterest

from lightweight_openpose.geometry.orientation import Orientation
from lightweight_openpose.msg import HeadOrientation, HumanPose, HumanPoseArray, Keypoint
from lightweight_openpose.poses.pose import Pose, missing_keypoints
from lightweight_openpose.poses.skeleton import Skeleton

from .transforms import quaternion_of


def poses_to_msg(poses, header, height: int, width: int, skeleton: Skeleton) -> HumanPoseArray:
    """Poses of one image -> message with the image's own header."""
    return HumanPoseArray(
        header=header,
        skeleton=skeleton.name,
        height=height,
        width=width,
        poses=[_pose_to_msg(p, height, width) for p in poses],
    )


def _pose_to_msg(pose: Pose, height, width) -> HumanPose:
    return HumanPose(
        track_id=pose.track_id,
        score=pose.score,
        num_keypoints=pose.num_keypoints,
        bbox=_region(pose, height, width),
        keypoints=_keypoints_to_msg(pose.keypoints),
        left_hand=_keypoints_to_msg(pose.left_hand),
        right_hand=_keypoints_to_msg(pose.right_hand),
    )


def _keypoints_to_msg(keypoints: Optional[np.ndarray]) -> List[Keypoint]:
    return [] if keypoints is None else [Keypoint(*row) for row in keypoints.tolist()]


def _region(pose, height, width) -> RegionOfInterest:
    if pose.num_keypoints == 0:
        return RegionOfInterest()
    x, y, w, h = pose.bbox
    left, right = _inside(x, x + w, width)
    top, bottom = _inside(y, y + h, height)
    return RegionOfInterest(
        x_offset=left, y_offset=top, width=right - left + 1, height=bottom - top + 1
    )


def _inside(start, end, size):
    """First and last pixel of a span, within an image of this size."""
    first = int(np.clip(np.floor(start), 0, size - 1))
    last = int(np.clip(np.ceil(end), 0, size - 1))
    return first, last


def msg_to_pose(msg: HumanPose) -> Pose:
    """HumanPose -> Pose; inverse of poses_to_msg but for the rounding to float32."""
    hands = (_keypoints_of(hand) if hand else None for hand in (msg.left_hand, msg.right_hand))
    return Pose(_keypoints_of(msg.keypoints), msg.score, msg.track_id, *hands)


def _keypoints_of(msgs) -> np.ndarray:
    keypoints = missing_keypoints(len(msgs))
    for i, k in enumerate(msgs):
        keypoints[i] = (k.x, k.y, k.score)
    return keypoints


def head_to_msg(head: Orientation, track_id: int) -> HeadOrientation:
    """Orientation of a head or object -> message; track_id: -1 for somebody without one."""
    return HeadOrientation(
        track_id=track_id,
        yaw=head.yaw,
        pitch=head.pitch,
        roll=head.roll,
        pose=PoseMsg(Point(*head.translation), quaternion_of(head.rotation)),
        reprojection_error=head.reprojection_error,
        num_keypoints=head.num_keypoints,
    )

"""Messages <-> the core's types. Pure functions: no node, no clock, no parameters."""

from __future__ import annotations

from typing import List

import numpy as np
from geometry_msgs.msg import Point
from geometry_msgs.msg import Pose as PoseMsg
from sensor_msgs.msg import RegionOfInterest

from lightweight_openpose.geometry.orientation import Orientation
from lightweight_openpose.msg import HeadOrientation, HumanPose, HumanPoseArray, Keypoint
from lightweight_openpose.poses.oks import extents
from lightweight_openpose.poses.people import People
from lightweight_openpose.poses.pose import GROUPS, Pose, missing_keypoints
from lightweight_openpose.poses.skeleton import Skeleton

from .transforms import matrix_of_quaternion, quaternion_of


def poses_to_msg(
    poses, header, height: int, width: int, skeleton: Skeleton, model: str = ""
) -> HumanPoseArray:
    """Poses of one image -> message with the image's own header.

    model: name of the network, "" where it is not known.
    """
    msg = HumanPoseArray(
        header=header, skeleton=skeleton.name, model=model, height=height, width=width
    )
    if poses:
        keypoints = np.stack([pose.keypoints for pose in poses])
        regions = _regions(keypoints, height, width)
        counts = (keypoints[:, :, 2] > 0).sum(1).tolist()
        rows = zip(poses, counts, regions, keypoints.tolist())
        msg.poses = [_pose_to_msg(*row) for row in rows]
    return msg


def people_to_msg(people: People, header) -> HumanPoseArray:
    """People -> message with the header of their image."""
    width, height = people.image_size
    return poses_to_msg(people, header, height, width, people.skeleton, people.model)


def _pose_to_msg(pose: Pose, count, region, rows) -> HumanPose:
    return HumanPose(
        track_id=pose.track_id,
        score=pose.score,
        num_keypoints=count,
        bbox=region,
        keypoints=_keypoints(rows),
        **{name: _keypoints(group.tolist()) for name, group in pose.groups.items()},
    )


def _keypoints(rows) -> List[Keypoint]:
    """Keypoint(x, y, score) of each row without genpy's checks of arguments, which take longer."""
    new = Keypoint.__new__
    msgs = []
    for x, y, score in rows:
        msg = new(Keypoint)
        msg.x = x
        msg.y = y
        msg.score = score
        msgs.append(msg)
    return msgs


def _regions(keypoints, height, width) -> List[RegionOfInterest]:
    """The box of each person (N, K, 3) around the joints found, within the image."""
    low, high = extents(keypoints)
    last = np.array([[width - 1], [height - 1]])
    first = np.clip(np.floor(low), 0, last)
    size = np.clip(np.ceil(high), 0, last) - first + 1
    somebody = low[0] <= high[0]
    rows = np.where(somebody, np.concatenate([first, size]), 0).astype(int).T.tolist()
    return [_region(*row) for row in rows]


def _region(x, y, width, height) -> RegionOfInterest:
    """RegionOfInterest without genpy's checks of its arguments, as _keypoints."""
    msg = RegionOfInterest.__new__(RegionOfInterest)
    msg.x_offset = x
    msg.y_offset = y
    msg.height = height
    msg.width = width
    msg.do_rectify = False
    return msg


def msg_to_pose(msg: HumanPose) -> Pose:
    """HumanPose -> Pose; inverse of poses_to_msg but for the rounding to float32."""
    groups = {name: _keypoints_of(getattr(msg, name)) for name in GROUPS if getattr(msg, name)}
    return Pose(_keypoints_of(msg.keypoints), msg.score, msg.track_id, **groups)


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
        angle_stddev=head.angle_stddev,
        pose=PoseMsg(Point(*head.translation), quaternion_of(head.rotation)),
        reprojection_error=head.reprojection_error,
        num_keypoints=head.num_keypoints,
    )


def msg_to_head(msg: HeadOrientation) -> Orientation:
    """HeadOrientation -> Orientation; inverse of head_to_msg but for the rounding to float32."""
    rotation = matrix_of_quaternion(msg.pose.orientation)
    at = msg.pose.position
    return Orientation(
        rotation,
        np.array([at.x, at.y, at.z]),
        msg.yaw,
        msg.pitch,
        msg.roll,
        msg.reprojection_error,
        msg.num_keypoints,
        tuple(msg.angle_stddev),
    )

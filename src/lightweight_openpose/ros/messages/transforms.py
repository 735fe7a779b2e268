"""Positions and rotations <-> geometry messages."""

from __future__ import annotations

from typing import Iterable

import numpy as np
from geometry_msgs.msg import Point, Pose, Quaternion, TransformStamped, Vector3
from scipy.spatial.transform import Rotation
from std_msgs.msg import Header

from lightweight_openpose.geometry import RigidTransform
from lightweight_openpose.geometry.rotations import matrix_of, rotation_of


def quaternion_of(rotation: np.ndarray) -> Quaternion:
    """(3, 3) rotation matrix -> Quaternion."""
    return Quaternion(*rotation_of(rotation).as_quat())


def transform(
    header: Header, child_frame: str, position: Iterable[float], orientation: Quaternion
) -> TransformStamped:
    """Where child_frame is in the header's frame; position: x, y, z [m].

    Frames lose the slash in front that ROS had before tf2, which refuses it.
    """
    parent = Header(header.seq, header.stamp, header.frame_id.lstrip("/"))
    msg = TransformStamped(header=parent, child_frame_id=child_frame.lstrip("/"))
    msg.transform.translation = Vector3(*position)
    msg.transform.rotation = orientation
    return msg


def rigid_of(msg: TransformStamped) -> RigidTransform:
    """TransformStamped -> the transform from its child frame to the frame of its header."""
    at = msg.transform.translation
    rotation = matrix_of_quaternion(msg.transform.rotation)
    return RigidTransform(rotation, np.array([at.x, at.y, at.z]))


def pose_of(place: RigidTransform) -> Pose:
    """Where the origin of one frame is in another, and how it is turned there."""
    return Pose(Point(*place.translation), quaternion_of(place.rotation))


def matrix_of_quaternion(quaternion: Quaternion) -> np.ndarray:
    """Quaternion -> (3, 3) rotation matrix."""
    values = (quaternion.x, quaternion.y, quaternion.z, quaternion.w)
    return matrix_of(Rotation.from_quat(values))

"""Positions and rotations -> geometry messages."""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import Quaternion, TransformStamped, Vector3
from scipy.spatial.transform import Rotation


def quaternion_of(rotation: np.ndarray) -> Quaternion:
    """(3, 3) rotation matrix -> Quaternion."""
    return Quaternion(*Rotation.from_matrix(rotation).as_quat())


def transform(header, child_frame: str, position, orientation: Quaternion) -> TransformStamped:
    """Where child_frame is in the header's frame; position: x, y, z [m]."""
    msg = TransformStamped(header=header, child_frame_id=child_frame)
    msg.transform.translation = Vector3(*position)
    msg.transform.rotation = orientation
    return msg

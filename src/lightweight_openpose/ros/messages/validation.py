"""Whether a message is what its definition says, before anything is made of it.

Images, depth and people are checked by the functions that read them.
"""

from __future__ import annotations

import math
from typing import Any

from sensor_msgs.msg import CameraInfo

from lightweight_openpose.msg import HeadOrientation, HeadOrientationArray

FARTHEST = 1e6  # px or m; no keypoint lies beyond it
LARGEST = 1 << 16  # px; no image is wider or higher
_UNIT = 0.01  # by which the length of a quaternion may differ from 1


class BadMessage(ValueError):
    """A message cannot be used; says why."""


def check(msg: Any) -> None:
    """Raise BadMessage with the reason where heads or a calibration are no such thing.

    Messages of other types pass.
    """
    if isinstance(msg, HeadOrientationArray):
        for head in msg.heads:
            _check_head(head)
    elif isinstance(msg, CameraInfo):
        _check_calibration(msg)


def _check_head(head: HeadOrientation) -> None:
    at, turn = head.pose.position, head.pose.orientation
    if not _near(at.x, at.y, at.z):
        raise BadMessage(f"head of track {head.track_id} is nowhere: {at.x}, {at.y}, {at.z}")
    length = math.sqrt(turn.x**2 + turn.y**2 + turn.z**2 + turn.w**2)
    if not abs(length - 1) <= _UNIT:
        raise BadMessage(f"head of track {head.track_id} has a quaternion of length {length:.3g}")
    if not all(map(math.isfinite, (head.yaw, head.pitch, head.roll))):
        raise BadMessage(f"head of track {head.track_id} has angles that are not finite")
    if any(value < 0 or math.isinf(value) for value in head.angle_stddev):
        raise BadMessage(
            f"head of track {head.track_id} has standard deviations of {head.angle_stddev}"
        )


def _near(*values: float) -> bool:
    return all(abs(value) <= FARTHEST for value in values)


def _check_calibration(info: CameraInfo) -> None:
    """A focal length of 0 or anything not finite is a camera that is not calibrated, no fault.

    The lens is checked by those who need it.
    """
    if info.width > LARGEST or info.height > LARGEST:
        raise BadMessage(f"calibration for an image of {info.width}x{info.height}")
    for name, matrix, row in (("K", info.K, 3), ("P", info.P, 4)):
        focal = matrix[0], matrix[row + 1]
        calibrated = all(map(math.isfinite, matrix)) and all(focal)
        if calibrated and not (min(focal) > 0 and _near(*matrix)):
            raise BadMessage(f"calibration whose {name} has focal lengths {focal[0]}, {focal[1]}")

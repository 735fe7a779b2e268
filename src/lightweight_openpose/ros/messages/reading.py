"""Messages as they are published -> as nodes take them."""

from __future__ import annotations

from typing import Any, Optional

from lightweight_openpose.msg import HumanPose3DArray, HumanPoseArray
from lightweight_openpose.poses import Skeleton

from .people import read_people
from .people_3d import read_people_3d
from .validation import check


def read(msg: Any, skeleton: Optional[Skeleton] = None) -> Any:
    """What is in a message, in arrays where it has people; others stay messages.

    skeleton: that poses have to be of; None: of any. Raises BadMessage with the reason where poses,
    heads or a calibration are no such thing.
    """
    if isinstance(msg, HumanPoseArray):
        return read_people(msg, skeleton)
    if isinstance(msg, HumanPose3DArray):
        return read_people_3d(msg, skeleton)
    check(msg)
    return msg

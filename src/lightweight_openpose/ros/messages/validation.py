"""Whether a message is what its definition says, before anything is made of it.

Images and depth are judged by the functions that read them.
"""

from __future__ import annotations

import math
from typing import Optional

import numpy as np
from sensor_msgs.msg import CameraInfo

from lightweight_openpose.msg import HeadOrientationArray, HumanPose3DArray, HumanPoseArray
from lightweight_openpose.poses.pose import GROUPS
from lightweight_openpose.poses.skeleton import COCO18, Skeleton

FARTHEST = 1e6  # px or m; no keypoint lies beyond it
LARGEST = 1 << 16  # px; no image is wider or higher
_UNIT = 0.01  # by which the length of a quaternion may differ from 1


class BadMessage(ValueError):
    """A message cannot be used; says why."""


def check(msg, skeleton: Optional[Skeleton] = None) -> None:
    """Raise BadMessage with the reason where poses, heads or a calibration are no such thing.

    skeleton: that poses have to be of; None: of any, but those of coco18 have its keypoints.
    Messages of other types pass.
    """
    if isinstance(msg, HumanPoseArray):
        _check_size(msg)
        _check_people(msg, skeleton, _flat)
        for person in msg.poses:
            _check_box(person.bbox, msg)
        _check_groups(msg, _flat)
    elif isinstance(msg, HumanPose3DArray):
        _check_people(msg, skeleton, _metric)
        _check_groups(msg, _metric)
    elif isinstance(msg, HeadOrientationArray):
        for head in msg.heads:
            _check_head(head)
    elif isinstance(msg, CameraInfo):
        _check_calibration(msg)


def check_skeleton(msg, skeleton: Skeleton) -> None:
    """Raise BadMessage where poses are of another skeleton."""
    if msg.skeleton != skeleton.name:
        raise BadMessage(
            f"poses of skeleton {msg.skeleton}, but this node works on {skeleton.name}: "
            "~skeleton must be that of the estimator"
        )


def _check_size(msg):
    if not (0 < msg.width <= LARGEST and 0 < msg.height <= LARGEST):
        raise BadMessage(
            f"poses in an image of {msg.width}x{msg.height}: expected 1 to {LARGEST} px each way"
        )


def _check_people(msg, skeleton, row_of):
    if skeleton is not None:
        check_skeleton(msg, skeleton)
    elif msg.skeleton == COCO18.name:
        skeleton = COCO18
    count = None if skeleton is None else len(skeleton.keypoints)
    for index, person in enumerate(msg.poses):
        found = len(person.keypoints)
        if count is not None and found != count:
            raise BadMessage(f"person {index} has {found} keypoints, {msg.skeleton} has {count}")
        if not math.isfinite(person.score):
            raise BadMessage(f"person {index} has a score of {person.score}")
        _check_rows([row_of(k) for k in person.keypoints], index)


def _flat(keypoint):
    return keypoint.x, keypoint.y, keypoint.score


def _metric(keypoint):
    return keypoint.x, keypoint.y, keypoint.z, keypoint.score


def _check_rows(rows, index):
    """rows: coordinates and score of each keypoint of a person."""
    if not rows:
        return
    values = np.array(rows)
    at, scores = values[:, :-1], values[:, -1]
    if not np.isfinite(scores).all():
        raise BadMessage(f"person {index} has a keypoint with a score that is not finite")
    if (np.abs(at) > FARTHEST).any():
        raise BadMessage(f"person {index} has a keypoint more than {FARTHEST:.0f} away")
    flat = at.shape[1] == 2  # without depth a joint that was found has no place in space
    if flat and (np.isnan(at).any(1) & (scores > 0)).any():
        raise BadMessage(f"person {index} has a keypoint that was found, but at NaN")


def _check_groups(msg, row_of):
    for index, person in enumerate(msg.poses):
        for name, count in GROUPS.items():
            group = getattr(person, name, ())  # people in metres have no face
            if len(group) not in (0, count):
                raise BadMessage(
                    f"person {index} has a {name.replace('_', ' ')} of {len(group)} keypoints, not "
                    f"{count}"
                )
            _check_rows([row_of(k) for k in group], index)


def _check_box(box, msg):
    if box.x_offset + box.width > msg.width or box.y_offset + box.height > msg.height:
        raise BadMessage(f"a box reaches out of the image of {msg.width}x{msg.height}")


def _check_head(head):
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


def _near(*values):
    return all(abs(value) <= FARTHEST for value in values)


def _check_calibration(info):
    """A focal length of 0 or anything not finite is a camera that is not calibrated, no fault.

    The lens is judged by those who need it.
    """
    if info.width > LARGEST or info.height > LARGEST:
        raise BadMessage(f"calibration for an image of {info.width}x{info.height}")
    for name, matrix, row in (("K", info.K, 3), ("P", info.P, 4)):
        focal = matrix[0], matrix[row + 1]
        calibrated = all(map(math.isfinite, matrix)) and all(focal)
        if calibrated and not (min(focal) > 0 and _near(*matrix)):
            raise BadMessage(f"calibration whose {name} has focal lengths {focal[0]}, {focal[1]}")

"""People in metres -> messages, in the camera's frame or another."""

from __future__ import annotations

from types import MappingProxyType
from typing import List, Mapping

import numpy as np
from geometry_msgs.msg import Point
from std_msgs.msg import Header

from lightweight_openpose.geometry.group_lifting import LIFTED
from lightweight_openpose.geometry.rigid_transform import RigidTransform
from lightweight_openpose.msg import HumanPose, HumanPose3D, HumanPose3DArray, Keypoint3D


def person_to_msg(
    person: HumanPose,
    points: np.ndarray,
    position: np.ndarray,
    covariance: np.ndarray,
    groups: Mapping[str, np.ndarray] = MappingProxyType({}),
) -> HumanPose3D:
    """One person, whose velocity is not known yet.

    points: (K, 4) as lifting.lift gives them; position: (3,) [m]; covariance: (3, 3) [m^2]; groups:
    as group_lifting.lift_groups gives them.
    """
    msg = HumanPose3D(
        track_id=person.track_id,
        score=person.score,
        num_keypoints=int(np.isfinite(points[:, 2]).sum()),
        position=Point(*map(float, position)),
        position_covariance=covariance.ravel().tolist(),
        keypoints=_keypoints(points),
        **{name: _keypoints(group) for name, group in groups.items()},
    )
    msg.velocity.x = msg.velocity.y = msg.velocity.z = float("nan")
    return msg


def _keypoints(points: np.ndarray) -> List[Keypoint3D]:
    return [Keypoint3D(*row) for row in points.tolist()]


def moved_people(msg: HumanPose3DArray, place: RigidTransform, frame: str) -> HumanPose3DArray:
    """The same people in another frame, whose name this is; velocities are not known there yet."""
    return HumanPose3DArray(
        header=Header(msg.header.seq, msg.header.stamp, frame),
        skeleton=msg.skeleton,
        estimated=msg.estimated,
        assumed_intrinsics=msg.assumed_intrinsics,
        poses=[_moved(person, place) for person in msg.poses],
    )


def _moved(person, place):
    points = _moved_points(person.keypoints, place)
    groups = {name: getattr(person, name) for name in LIFTED if getattr(person, name)}
    groups = {name: _moved_points(group, place) for name, group in groups.items()}
    covariance = place.covariance(np.reshape(person.position_covariance, (3, 3)))
    position = place.apply(position_of(person))
    return person_to_msg(person, points, position, covariance, groups)


def _moved_points(keypoints, place):
    """(K, 4) in the other frame."""
    points = np.array([[k.x, k.y, k.z, k.score] for k in keypoints]).reshape(-1, 4)
    points[:, :3] = place.apply(points[:, :3])
    return points


def position_of(person: HumanPose3D) -> np.ndarray:
    """(3,) [m] where a person is, NaN where that is unknown."""
    return np.array([person.position.x, person.position.y, person.position.z])

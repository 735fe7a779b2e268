"""People in metres -> messages, in the camera's frame or another."""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import Point
from std_msgs.msg import Header

from lightweight_openpose.geometry.rigid_transform import RigidTransform
from lightweight_openpose.msg import HumanPose, HumanPose3D, HumanPose3DArray, Keypoint3D


def person_to_msg(
    person: HumanPose, points: np.ndarray, position: np.ndarray, covariance: np.ndarray
) -> HumanPose3D:
    """One person, whose velocity is not known yet.

    points: (K, 4) as lifting.lift gives them; position: (3,) [m]; covariance: (3, 3) [m^2].
    """
    msg = HumanPose3D(
        track_id=person.track_id,
        score=person.score,
        num_keypoints=int(np.isfinite(points[:, 2]).sum()),
        position=Point(*map(float, position)),
        position_covariance=covariance.ravel().tolist(),
        keypoints=[Keypoint3D(*row) for row in points.tolist()],
    )
    msg.velocity.x = msg.velocity.y = msg.velocity.z = float("nan")
    return msg


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
    points = np.array([[k.x, k.y, k.z, k.score] for k in person.keypoints]).reshape(-1, 4)
    points[:, :3] = place.apply(points[:, :3])
    covariance = place.covariance(np.reshape(person.position_covariance, (3, 3)))
    return person_to_msg(person, points, place.apply(position_of(person)), covariance)


def position_of(person: HumanPose3D) -> np.ndarray:
    """(3,) [m] where a person is, NaN where that is unknown."""
    return np.array([person.position.x, person.position.y, person.position.z])

"""People in metres <-> messages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import List, Optional, Union

import numpy as np
from geometry_msgs.msg import Point, Vector3
from std_msgs.msg import Header

from lightweight_openpose.geometry import Person3D, RigidTransform
from lightweight_openpose.msg import HumanPose3D, HumanPose3DArray, Keypoint3D
from lightweight_openpose.poses import Skeleton

from .keypoints import IN_SPACE, read_bodies, read_groups


@dataclass(frozen=True, eq=False)
class People3D:
    """A HumanPose3DArray in arrays."""

    header: Header  # of the image; its frame is that of the people
    skeleton: str  # its name
    estimated: bool  # whether distances are guessed from an assumed body height
    assumed_intrinsics: bool  # whether the camera is not calibrated
    poses: List[Person3D]

    def moved(self, place: RigidTransform, frame: str) -> People3D:
        """The same people in another frame, whose name this is."""
        header = Header(self.header.seq, self.header.stamp, frame)
        return replace(self, header=header, poses=[person.moved(place) for person in self.poses])


def people_3d_to_msg(people: People3D) -> HumanPose3DArray:
    """People in metres -> message."""
    return HumanPose3DArray(
        header=people.header,
        skeleton=people.skeleton,
        estimated=people.estimated,
        assumed_intrinsics=people.assumed_intrinsics,
        poses=[_person_to_msg(person) for person in people.poses],
    )


def _person_to_msg(person: Person3D) -> HumanPose3D:
    return HumanPose3D(
        track_id=person.track_id,
        score=person.score,
        num_keypoints=person.num_keypoints,
        position=Point(*person.position.tolist()),
        position_covariance=person.covariance.ravel().tolist(),
        velocity=Vector3(*person.velocity.tolist()),
        keypoints=_keypoints(person.keypoints),
        **{name: _keypoints(points) for name, points in person.groups.items()},
    )


def _keypoints(points: np.ndarray) -> List[Keypoint3D]:
    return [Keypoint3D(*row) for row in points.tolist()]


def read_people_3d(msg: HumanPose3DArray, skeleton: Optional[Skeleton] = None) -> People3D:
    """HumanPose3DArray -> people; inverse of people_3d_to_msg but for the rounding to float32.

    skeleton: that the poses have to be of; None: of any. Raises BadMessage with the reason where
    the message is not what its definition says.
    """
    bodies = read_bodies(msg, IN_SPACE, skeleton)
    people = [
        Person3D(
            person.track_id,
            person.score,
            keypoints,
            _xyz(person.position),
            np.reshape(person.position_covariance, (3, 3)),
            groups,
            _xyz(person.velocity),
        )
        for person, keypoints, groups in zip(msg.poses, bodies, read_groups(msg, IN_SPACE))
    ]
    return People3D(msg.header, msg.skeleton, msg.estimated, msg.assumed_intrinsics, people)


def _xyz(msg: Union[Point, Vector3]) -> np.ndarray:
    return np.array([msg.x, msg.y, msg.z])

"""Output jsk: jsk_recognition_msgs."""

from __future__ import annotations

from types import ModuleType
from typing import Any, List, Union

import numpy as np
from geometry_msgs.msg import Point, Pose, Quaternion
from std_msgs.msg import Int32

from lightweight_openpose.poses import Skeleton
from lightweight_openpose.ros.messages.people import PeopleInImage
from lightweight_openpose.ros.messages.people_3d import People3D

from .output import Output, Topic

_SIDES = {"right": "R", "left": "L"}  # as jsk_recognition_msgs writes them


def _jsk_names(skeleton: Skeleton) -> List[str]:
    """Names of the keypoints as jsk_recognition_msgs writes them: RShoulder, Nose."""
    return [
        "".join(_SIDES.get(part, part.capitalize()) for part in name.split("_"))
        for name in skeleton.keypoints
    ]


def people_poses(
    people: Union[PeopleInImage, People3D], types: ModuleType, skeleton: Skeleton
) -> Any:
    """People in an image or in metres -> jsk_recognition_msgs/PeoplePoseArray.

    Positions are in px with z = 0, or in metres; joints not known are left out.
    """
    converted = []
    joints = _jsk_names(skeleton)
    for person in people.poses:
        known = np.flatnonzero(np.isfinite(person.keypoints[:, 0]))
        names = [joints[k] for k in known]
        rows: Any = person.keypoints[known].tolist()
        poses = [Pose(Point(x, y, *z or [0.0]), Quaternion(w=1.0)) for x, y, *z, _ in rows]
        scores = [row[-1] for row in rows]
        converted.append(types.PeoplePose(limb_names=names, poses=poses, scores=scores))
    return types.PeoplePoseArray(header=people.header, poses=converted)


def skeletons(people: People3D, types: ModuleType, skeleton: Skeleton) -> Any:
    """People in metres -> jsk_recognition_msgs/HumanSkeletonArray of the tracked people.

    Bones are those with both ends known.
    """
    ids, bodies = [], []
    joints = _jsk_names(skeleton)
    for person in people.poses:
        if person.track_id < 0:
            continue
        known = np.isfinite(person.keypoints[:, 2])
        limbs = [(a, b) for a, b in skeleton.limbs if known[a] and known[b]]
        at = [Point(*xyz) for xyz in person.keypoints[:, :3].tolist()]
        names = [f"{joints[a]}->{joints[b]}" for a, b in limbs]
        bones = [types.Segment(at[a], at[b]) for a, b in limbs]
        ids.append(Int32(person.track_id))
        bodies.append(types.HumanSkeleton(header=people.header, bone_names=names, bones=bones))
    return types.HumanSkeletonArray(header=people.header, human_ids=ids, skeletons=bodies)


def _topics(types: ModuleType, skeleton: Skeleton) -> List[Topic]:
    def poses(people: Union[PeopleInImage, People3D]) -> Any:
        return people_poses(people, types, skeleton)

    def bones(people: People3D) -> Any:
        return skeletons(people, types, skeleton)

    return [
        Topic("people_pose", types.PeoplePoseArray, False, poses),
        Topic("people_pose_3d", types.PeoplePoseArray, True, poses),
        Topic("skeletons", types.HumanSkeletonArray, True, bones),
    ]


OUTPUT = Output("jsk_recognition_msgs", "apt install ros-noetic-jsk-recognition-msgs", _topics)

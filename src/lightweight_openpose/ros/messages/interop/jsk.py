"""Output jsk: jsk_recognition_msgs."""

from __future__ import annotations

import math

from geometry_msgs.msg import Point, Pose, Quaternion
from std_msgs.msg import Int32

from lightweight_openpose.poses.skeleton import Skeleton

from .output import Output, Topic

_SIDES = {"right": "R", "left": "L"}  # as jsk_recognition_msgs writes them


def _jsk_names(skeleton):
    """Names of the keypoints as jsk_recognition_msgs writes them: RShoulder, Nose."""
    return [
        "".join(_SIDES.get(part, part.capitalize()) for part in name.split("_"))
        for name in skeleton.keypoints
    ]


def people_poses(msg, types, skeleton: Skeleton):
    """HumanPoseArray or HumanPose3DArray -> jsk_recognition_msgs/PeoplePoseArray.

    Positions are in px with z = 0, or in metres; joints not known are left out.
    """
    people = []
    joints = _jsk_names(skeleton)
    for person in msg.poses:
        known = [(name, k) for name, k in zip(joints, person.keypoints) if math.isfinite(k.x)]
        names = [name for name, _ in known]
        at = [Point(k.x, k.y, getattr(k, "z", 0.0)) for _, k in known]
        poses = [Pose(point, Quaternion(w=1.0)) for point in at]
        scores = [k.score for _, k in known]
        people.append(types.PeoplePose(limb_names=names, poses=poses, scores=scores))
    return types.PeoplePoseArray(header=msg.header, poses=people)


def skeletons(msg, types, skeleton: Skeleton):
    """HumanPose3DArray -> jsk_recognition_msgs/HumanSkeletonArray of the tracked people.

    Bones are those with both ends known.
    """
    ids, bodies = [], []
    joints = _jsk_names(skeleton)
    for person in msg.poses:
        if person.track_id < 0:
            continue
        names, bones = [], []
        for a, b in skeleton.limbs:
            start, end = person.keypoints[a], person.keypoints[b]
            if math.isfinite(start.z) and math.isfinite(end.z):
                names.append(f"{joints[a]}->{joints[b]}")
                bones.append(
                    types.Segment(Point(start.x, start.y, start.z), Point(end.x, end.y, end.z))
                )
        ids.append(Int32(person.track_id))
        bodies.append(types.HumanSkeleton(header=msg.header, bone_names=names, bones=bones))
    return types.HumanSkeletonArray(header=msg.header, human_ids=ids, skeletons=bodies)


def _topics(types, skeleton):
    def poses(msg):
        return people_poses(msg, types, skeleton)

    def bones(msg):
        return skeletons(msg, types, skeleton)

    return [
        Topic("people_pose", types.PeoplePoseArray, False, poses),
        Topic("people_pose_3d", types.PeoplePoseArray, True, poses),
        Topic("skeletons", types.HumanSkeletonArray, True, bones),
    ]


OUTPUT = Output("jsk_recognition_msgs", "apt install ros-noetic-jsk-recognition-msgs", _topics)

"""Our messages -> those of other packages.

Pure functions; `types` is the other package's `msg` module.
Joints are matched by name, never by index: others number them otherwise.
"""

from __future__ import annotations

import math
from typing import Dict

import numpy as np
from geometry_msgs.msg import Point, Pose, PoseWithCovariance, Quaternion
from std_msgs.msg import Header, Int32

from lightweight_openpose.poses.skeleton import COCO18, Skeleton

_TORSO = {"left_shoulder", "right_shoulder", "left_hip", "right_hip"}
_SIDES = {"right": "R", "left": "L"}  # as jsk_recognition_msgs writes them
# In spencer_tracking_msgs more than 9999 says that a dimension is not measured.
UNKNOWN_VARIANCE = 999999999.0
PERSON_CLASS = 0  # of vision_msgs: COCO's first class


def is_human(skeleton: Skeleton) -> bool:
    """Whether the skeleton is that of people, by the joints of a torso."""
    return _TORSO <= set(skeleton.keypoints)


def skeleton_2d(person, msg, types, skeleton: Skeleton):
    """HumanPose of a HumanPoseArray -> hri_msgs/Skeleton2D.

    x and y are in [0, 1] of the image; c is 0 for what was not found. Its joints are those of
    coco18: others of the skeleton are left out.
    """
    points = [types.NormalizedPointOfInterest2D(0.0, 0.0, 0.0) for _ in COCO18.keypoints]
    for name, k in zip(skeleton.keypoints, person.keypoints):
        if k.score > 0 and name in COCO18.keypoints:
            points[getattr(types.Skeleton2D, name.upper())] = types.NormalizedPointOfInterest2D(
                _share(k.x, msg.width), _share(k.y, msg.height), k.score
            )
    return types.Skeleton2D(header=msg.header, skeleton=points)


def _share(pixel, size):
    return min(max((pixel + 0.5) / size, 0.0), 1.0)


def body_roi(person, msg, types):
    """HumanPose of a HumanPoseArray -> hri_msgs/NormalizedRegionOfInterest2D.

    Older versions of hri_msgs have none: sensor_msgs/RegionOfInterest there.
    """
    if not hasattr(types, "NormalizedRegionOfInterest2D"):
        return person.bbox
    box = person.bbox
    return types.NormalizedRegionOfInterest2D(
        header=msg.header,
        xmin=box.x_offset / msg.width,
        ymin=box.y_offset / msg.height,
        xmax=(box.x_offset + box.width) / msg.width,
        ymax=(box.y_offset + box.height) / msg.height,
        c=person.score,
    )


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


def detected_persons(msg, types, first_id: int):
    """HumanPose3DArray -> spencer_tracking_msgs/DetectedPersons.

    Ids count on from first_id: they are of detections, not tracks. Bodies are turned nowhere in
    particular.
    """
    detections = []
    for person in (p for p in msg.poses if math.isfinite(p.position.z)):
        covariance = np.diag([UNKNOWN_VARIANCE] * 6)
        covariance[:3, :3] = np.reshape(person.position_covariance, (3, 3))
        modality = "mono" if msg.estimated else "rgbd"
        place = Pose(person.position, Quaternion(w=1.0))
        pose = PoseWithCovariance(place, covariance.ravel().tolist())
        number = first_id + len(detections)
        confidence = min(max(person.score, 0.0), 1.0)
        detections.append(types.DetectedPerson(number, confidence, pose, modality))
    return types.DetectedPersons(header=msg.header, detections=detections)


def detections_2d(msg, types):
    """HumanPoseArray -> vision_msgs/Detection2DArray.

    It has no field for a track id; the class id is not one.
    """
    detections = []
    for person in msg.poses:
        detection = types.Detection2D(header=msg.header)
        result = types.ObjectHypothesisWithPose(id=PERSON_CLASS, score=person.score)
        result.pose.pose.orientation.w = 1.0
        detection.results = [result]
        box = person.bbox
        detection.bbox.center.x = box.x_offset + (box.width - 1) / 2
        detection.bbox.center.y = box.y_offset + (box.height - 1) / 2
        detection.bbox.size_x = float(box.width)
        detection.bbox.size_y = float(box.height)
        detections.append(detection)
    return types.Detection2DArray(header=msg.header, detections=detections)


def people(msg, types):
    """HumanPose3DArray -> people_msgs/People of those with a position.

    An unknown velocity is 0, with the tag that says so.
    """
    found = []
    for person in (p for p in msg.poses if math.isfinite(p.position.z)):
        v = person.velocity
        moving = math.isfinite(v.x)
        tags: Dict[str, str] = {
            "track_id": str(person.track_id),
            "velocity_known": str(moving).lower(),
        }
        name = f"person_{person.track_id}" if person.track_id >= 0 else "untracked"
        velocity = Point(v.x, v.y, v.z) if moving else Point()
        names, values = list(tags), list(tags.values())
        person = types.Person(name, person.position, velocity, person.score, names, values)
        found.append(person)
    header = Header(msg.header.seq, msg.header.stamp, msg.header.frame_id)
    return types.People(header=header, people=found)


def body_id(track_id: int) -> str:
    """Five lower-case letters for a track id: short, unique, and a legal part of a topic's name."""
    letters = ""
    for _ in range(5):
        track_id, rest = divmod(track_id, 26)
        letters = chr(ord("a") + rest) + letters
    return letters

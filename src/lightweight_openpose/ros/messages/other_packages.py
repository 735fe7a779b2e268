"""People -> messages of other packages.

Pure functions; `types` is the other package's `msg` module.
Joints are matched by name, never by index: others number them otherwise.
"""

from __future__ import annotations

import math
from typing import Dict, Iterator, Union

import numpy as np
from geometry_msgs.msg import Point, Pose, PoseWithCovariance, Quaternion
from sensor_msgs.msg import RegionOfInterest
from std_msgs.msg import Header, Int32

from lightweight_openpose.geometry.person_3d import Person3D
from lightweight_openpose.poses.pose import Pose as PersonPose
from lightweight_openpose.poses.skeleton import COCO18, Skeleton

from .people import PeopleInImage
from .people_3d import People3D

_TORSO = {"left_shoulder", "right_shoulder", "left_hip", "right_hip"}
_SIDES = {"right": "R", "left": "L"}  # as jsk_recognition_msgs writes them
# In spencer_tracking_msgs more than 9999 says that a dimension is not measured.
UNKNOWN_VARIANCE = 999999999.0
PERSON_CLASS = 0  # of vision_msgs: COCO's first class


def is_human(skeleton: Skeleton) -> bool:
    """Whether the skeleton is that of people, by the joints of a torso."""
    return _TORSO <= set(skeleton.keypoints)


def skeleton_2d(pose: PersonPose, people: PeopleInImage, types, skeleton: Skeleton):
    """One of the people in an image -> hri_msgs/Skeleton2D.

    x and y are in [0, 1] of the image; c is 0 for what was not found. Its joints are those of
    coco18: others of the skeleton are left out.
    """
    points = [types.NormalizedPointOfInterest2D(0.0, 0.0, 0.0) for _ in COCO18.keypoints]
    for name, (x, y, score) in zip(skeleton.keypoints, pose.keypoints.tolist()):
        if score > 0 and name in COCO18.keypoints:
            points[getattr(types.Skeleton2D, name.upper())] = types.NormalizedPointOfInterest2D(
                _share(x, people.width), _share(y, people.height), score
            )
    return types.Skeleton2D(header=people.header, skeleton=points)


def _share(pixel, size):
    return min(max((pixel + 0.5) / size, 0.0), 1.0)


def body_roi(pose: PersonPose, box: RegionOfInterest, people: PeopleInImage, types):
    """One of the people in an image, and its box -> hri_msgs/NormalizedRegionOfInterest2D.

    Older versions of hri_msgs have none: sensor_msgs/RegionOfInterest there.
    """
    if not hasattr(types, "NormalizedRegionOfInterest2D"):
        return box
    return types.NormalizedRegionOfInterest2D(
        header=people.header,
        xmin=box.x_offset / people.width,
        ymin=box.y_offset / people.height,
        xmax=(box.x_offset + box.width) / people.width,
        ymax=(box.y_offset + box.height) / people.height,
        c=pose.score,
    )


def _jsk_names(skeleton):
    """Names of the keypoints as jsk_recognition_msgs writes them: RShoulder, Nose."""
    return [
        "".join(_SIDES.get(part, part.capitalize()) for part in name.split("_"))
        for name in skeleton.keypoints
    ]


def people_poses(people: Union[PeopleInImage, People3D], types, skeleton: Skeleton):
    """People in an image or in metres -> jsk_recognition_msgs/PeoplePoseArray.

    Positions are in px with z = 0, or in metres; joints not known are left out.
    """
    converted = []
    joints = _jsk_names(skeleton)
    for person in people.poses:
        known = np.flatnonzero(np.isfinite(person.keypoints[:, 0]))
        names = [joints[k] for k in known]
        rows = person.keypoints[known].tolist()
        poses = [Pose(Point(x, y, *z or [0.0]), Quaternion(w=1.0)) for x, y, *z, _ in rows]
        scores = [row[-1] for row in rows]
        converted.append(types.PeoplePose(limb_names=names, poses=poses, scores=scores))
    return types.PeoplePoseArray(header=people.header, poses=converted)


def skeletons(people: People3D, types, skeleton: Skeleton):
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


def detected_persons(people: People3D, types, first_id: int):
    """People in metres -> spencer_tracking_msgs/DetectedPersons.

    Ids count on from first_id: they are of detections, not tracks. Bodies are turned nowhere in
    particular.
    """
    detections = []
    for person in _placed(people):
        covariance = np.diag([UNKNOWN_VARIANCE] * 6)
        covariance[:3, :3] = person.covariance
        modality = "mono" if people.estimated else "rgbd"
        place = Pose(Point(*person.position.tolist()), Quaternion(w=1.0))
        pose = PoseWithCovariance(place, covariance.ravel().tolist())
        number = first_id + len(detections)
        confidence = min(max(person.score, 0.0), 1.0)
        detections.append(types.DetectedPerson(number, confidence, pose, modality))
    return types.DetectedPersons(header=people.header, detections=detections)


def _placed(people: People3D) -> Iterator[Person3D]:
    """Those with a position."""
    return (person for person in people.poses if math.isfinite(person.position[2]))


def detections_2d(people: PeopleInImage, types):
    """People in an image -> vision_msgs/Detection2DArray.

    It has no field for a track id; the class id is not one.
    """
    detections = []
    for pose, box in zip(people.poses, people.boxes):
        detection = types.Detection2D(header=people.header)
        result = types.ObjectHypothesisWithPose(id=PERSON_CLASS, score=pose.score)
        result.pose.pose.orientation.w = 1.0
        detection.results = [result]
        detection.bbox.center.x = box.x_offset + (box.width - 1) / 2
        detection.bbox.center.y = box.y_offset + (box.height - 1) / 2
        detection.bbox.size_x = float(box.width)
        detection.bbox.size_y = float(box.height)
        detections.append(detection)
    return types.Detection2DArray(header=people.header, detections=detections)


def positions(people: People3D, types):
    """People in metres -> people_msgs/People of those with a position.

    An unknown velocity is 0, with the tag that says so.
    """
    found = []
    for person in _placed(people):
        moving = math.isfinite(person.velocity[0])
        tags: Dict[str, str] = {
            "track_id": str(person.track_id),
            "velocity_known": str(moving).lower(),
        }
        name = f"person_{person.track_id}" if person.track_id >= 0 else "untracked"
        position = Point(*person.position.tolist())
        velocity = Point(*person.velocity.tolist()) if moving else Point()
        names, values = list(tags), list(tags.values())
        found.append(types.Person(name, position, velocity, person.score, names, values))
    header = Header(people.header.seq, people.header.stamp, people.header.frame_id)
    return types.People(header=header, people=found)


def body_id(track_id: int) -> str:
    """Five lower-case letters for a track id: short, unique, and a legal part of a topic's name."""
    letters = ""
    for _ in range(5):
        track_id, rest = divmod(track_id, 26)
        letters = chr(ord("a") + rest) + letters
    return letters

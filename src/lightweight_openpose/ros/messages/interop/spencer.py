"""Output spencer: spencer_tracking_msgs."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any, List

import numpy as np
from geometry_msgs.msg import Point, Pose, PoseWithCovariance, Quaternion

from .output import Output, Topic, placed

if TYPE_CHECKING:
    from lightweight_openpose.poses import Skeleton
    from lightweight_openpose.ros.messages.people_3d import People3D

# More than 9999 says that a dimension is not measured.
UNKNOWN_VARIANCE = 999999999.0


def detected_persons(people: People3D, types: ModuleType, first_id: int) -> Any:
    """People in metres -> spencer_tracking_msgs/DetectedPersons.

    Ids count on from first_id: they are of detections, not tracks. Bodies are turned nowhere in
    particular.
    """
    detections: List[Any] = []
    for person in placed(people):
        covariance = np.diag([UNKNOWN_VARIANCE] * 6)
        covariance[:3, :3] = person.covariance
        modality = "mono" if people.estimated else "rgbd"
        place = Pose(Point(*person.position.tolist()), Quaternion(w=1.0))
        pose = PoseWithCovariance(place, covariance.ravel().tolist())
        number = first_id + len(detections)
        confidence = min(max(person.score, 0.0), 1.0)
        detections.append(types.DetectedPerson(number, confidence, pose, modality))
    return types.DetectedPersons(header=people.header, detections=detections)


def _topics(types: ModuleType, skeleton: Skeleton) -> List[Topic]:
    numbered = 0  # detections so far

    def persons(people: People3D) -> Any:
        nonlocal numbered
        converted = detected_persons(people, types, numbered)
        numbered += len(converted.detections)
        return converted

    return [Topic("detected_persons", types.DetectedPersons, True, persons)]


OUTPUT = Output(
    "spencer_tracking_msgs",
    "build spencer_tracking_msgs from spencer_people_tracking in your workspace",
    _topics,
)

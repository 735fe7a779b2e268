"""Output spencer: spencer_tracking_msgs."""

from __future__ import annotations

import math

import numpy as np
from geometry_msgs.msg import Pose, PoseWithCovariance, Quaternion

from .output import Output, Topic

# More than 9999 says that a dimension is not measured.
UNKNOWN_VARIANCE = 999999999.0


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


def _topics(types, skeleton):
    numbered = 0  # detections so far

    def persons(msg):
        nonlocal numbered
        converted = detected_persons(msg, types, numbered)
        numbered += len(converted.detections)
        return converted

    return [Topic("detected_persons", types.DetectedPersons, True, persons)]


OUTPUT = Output(
    "spencer_tracking_msgs",
    "build spencer_tracking_msgs from spencer_people_tracking in your workspace",
    _topics,
)

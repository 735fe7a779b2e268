"""Output vision: vision_msgs."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any, List

from .output import Output, Topic

if TYPE_CHECKING:
    from lightweight_openpose.poses import Skeleton
    from lightweight_openpose.ros.messages.people import PeopleInImage

PERSON_CLASS = 0  # COCO's first class


def detections_2d(people: PeopleInImage, types: ModuleType) -> Any:
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


def _topics(types: ModuleType, skeleton: Skeleton) -> List[Topic]:
    def detections(people: PeopleInImage) -> Any:
        return detections_2d(people, types)

    return [Topic("detections", types.Detection2DArray, False, detections)]


OUTPUT = Output("vision_msgs", "apt install ros-noetic-vision-msgs", _topics)

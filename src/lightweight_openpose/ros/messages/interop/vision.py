"""Output vision: vision_msgs."""

from __future__ import annotations

from .output import Output, Topic

PERSON_CLASS = 0  # COCO's first class


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


def _topics(types, skeleton):
    def detections(msg):
        return detections_2d(msg, types)

    return [Topic("detections", types.Detection2DArray, False, detections)]


OUTPUT = Output("vision_msgs", "apt install ros-noetic-vision-msgs", _topics)

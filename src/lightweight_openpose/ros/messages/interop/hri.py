"""Output hri: hri_msgs, by REP-155. Its topics come and go with the people: `ros/nodes/humans.py`."""

from __future__ import annotations

from types import ModuleType
from typing import Any, List

from sensor_msgs.msg import RegionOfInterest

from lightweight_openpose.poses import COCO18, Pose, Skeleton
from lightweight_openpose.ros.messages.people import PeopleInImage

from .output import Output, Topic


def skeleton_2d(pose: Pose, people: PeopleInImage, types: ModuleType, skeleton: Skeleton) -> Any:
    """One of the people in an image -> hri_msgs/Skeleton2D.

    x and y are in [0, 1] of the image; c is 0 for what was not found. Its joints are those of
    coco18: others of the skeleton are left out.
    """
    points = [types.NormalizedPointOfInterest2D(0.0, 0.0, 0.0) for _ in COCO18.keypoints]
    rows: Any = pose.keypoints.tolist()
    for name, (x, y, score) in zip(skeleton.keypoints, rows):
        if score > 0 and name in COCO18.keypoints:
            points[getattr(types.Skeleton2D, name.upper())] = types.NormalizedPointOfInterest2D(
                _share(x, people.width), _share(y, people.height), score
            )
    return types.Skeleton2D(header=people.header, skeleton=points)


def _share(pixel: float, size: int) -> float:
    return min(max((pixel + 0.5) / size, 0.0), 1.0)


def body_roi(pose: Pose, box: RegionOfInterest, people: PeopleInImage, types: ModuleType) -> Any:
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


def body_id(track_id: int) -> str:
    """Five lower-case letters for a track id: short, unique, and a legal part of a topic's name."""
    letters = ""
    for _ in range(5):
        track_id, rest = divmod(track_id, 26)
        letters = chr(ord("a") + rest) + letters
    return letters


def _no_topics(types: ModuleType, skeleton: Skeleton) -> List[Topic]:
    return []


OUTPUT = Output("hri_msgs", "apt install ros-noetic-hri-msgs", _no_topics)

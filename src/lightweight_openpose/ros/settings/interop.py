"""Settings of interop_node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

from lightweight_openpose.settings import ranged, setting, some_of

from . import common

PACKAGES = {  # output -> (package, how to install it)
    "hri": ("hri_msgs", "apt install ros-noetic-hri-msgs"),
    "jsk": ("jsk_recognition_msgs", "apt install ros-noetic-jsk-recognition-msgs"),
    "spencer": (
        "spencer_tracking_msgs",
        "build spencer_tracking_msgs from spencer_people_tracking in your workspace",
    ),
    "vision": ("vision_msgs", "apt install ros-noetic-vision-msgs"),
    "people": ("people_msgs", "apt install ros-noetic-people-msgs"),
}


@dataclass(frozen=True)
class InteropSettings:
    """Parameters of interop_node, with their defaults."""

    outputs: Tuple[str, ...] = some_of(
        PACKAGES, "must be given; each needs the package of its messages"
    )
    skeleton: str = setting(
        "coco18", "skeleton of the poses: name or YAML file; it must be one of people"
    )
    cropped: bool = setting(
        False, "true: hri gets images of the bodies, for which the node subscribes to `image`"
    )
    max_bodies: int = ranged(
        32,
        1,
        100,
        "bodies that have topics of hri at a time; the nearest (largest in the image) come first",
    )
    frame_prefix: str = common.frame_prefix("front/body_aaaad of hri; REP-155 has none")

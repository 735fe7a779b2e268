"""Settings of pose_events_node."""

from __future__ import annotations

from dataclasses import dataclass

from lightweight_openpose.settings import setting


@dataclass(frozen=True)
class PoseEventsSettings:
    """Parameters of pose_events_node, with their defaults."""

    skeleton: str = setting(
        "coco18", "skeleton of the poses: name or YAML file; it must have the joints of coco18"
    )
    heads: bool = setting(
        True,
        "true: the node waits for the heads of head_orientation_node, and `facing` is by their "
        "angles; false: by eyes and nose",
    )
    poses_3d: bool = setting(
        False,
        "true: the node waits for the poses of pose_3d_node: where arms and fingers point, in "
        "metres",
    )

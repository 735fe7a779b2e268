"""Settings of head_orientation_node."""

from __future__ import annotations

from dataclasses import dataclass

from lightweight_openpose.settings import ranged, setting

from . import common


@dataclass(frozen=True)
class HeadOrientationSettings:
    """Parameters of head_orientation_node, with their defaults."""

    skeleton: str = setting(
        "coco18",
        "skeleton of the poses: name or YAML file; of one with `points` of its own the whole "
        "object is solved for, not a head",
    )
    assumed_fov: float = common.assumed_fov()
    rectified: bool = common.rectified()
    target_frame: str = common.target_frame("~target/head_poses", "heads")
    min_score: float = ranged(0.1, 0.0, 1.0, "joints of the head with a lower score are not used")
    smoothing: bool = setting(
        True,
        "Kalman filter on the rotations of heads with a track id, in which a coarse solution counts "
        "little; false: each frame by itself",
    )
    publish_tf: bool = setting(False, "true: the node sends TF frames `head_<track_id>`")
    frame_prefix: str = common.frame_prefix("front/head_3")

"""Settings of pose_3d_node."""

from __future__ import annotations

from dataclasses import dataclass

from lightweight_openpose.settings import one_of, ranged, setting

from . import common


@dataclass(frozen=True)
class Pose3DSettings:
    """Parameters of pose_3d_node, with their defaults."""

    skeleton: str = common.skeleton()
    depth: str = one_of(
        "image",
        ("image", "compressed", "points"),
        "kind of the depth: image (16UC1 [mm] or 32FC1 [m]), compressed "
        "(`depth/compressedDepth`) or points (an organised cloud)",
    )
    slop: float = ranged(
        0.03, 0.0, 1.0, "poses and depth whose stamps differ by more do not match", unit="s"
    )
    assume_height: float = ranged(
        0.0,
        0.0,
        2.5,
        "height of people from which distances are guessed; 0: there is a depth camera",
        unit="m",
    )
    assumed_fov: float = common.assumed_fov()
    rectified: bool = common.rectified()
    target_frame: str = common.target_frame("~target/poses_3d", "people")
    publish_tf: bool = setting(
        False,
        "true: the node sends TF frames `human_<track_id>` in the middle of the torso (x out of the "
        "chest, y left, z up), and `people_view` at the camera (z up), for rviz",
    )
    frame_prefix: str = common.frame_prefix("front/human_3")
    heads: bool = setting(
        False,
        "true: the markers have an arrow out of each face of head_orientation_node, at the depth of "
        "the head, and an ellipse of the directions that are as likely",
    )

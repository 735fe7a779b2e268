"""Settings of pose_visualizer_node."""

from __future__ import annotations

from dataclasses import dataclass

from lightweight_openpose.settings import ranged, setting

from . import common


@dataclass(frozen=True)
class PoseVisualizerSettings:
    """Parameters of pose_visualizer_node, with their defaults."""

    skeleton: str = common.skeleton()
    image_transport: str = common.image_transport()
    heads: bool = setting(
        True, "the node waits for head orientations of the same stamp and draws them"
    )
    jpeg_quality: int = ranged(80, 1, 100, "quality of `~image/compressed`")
    record: str = setting(
        "",
        'path of an mp4 to write; "": none; a second status on /diagnostics says how many frames '
        "it has, or what ended it",
    )
    assumed_fov: float = common.assumed_fov()
    rectified: bool = common.rectified()
    legend: bool = setting(False, "true: the colours of limbs and of the axes of heads are named")
    anonymize: str = common.anonymize()

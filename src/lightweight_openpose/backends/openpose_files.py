"""What files of OpenPose's networks leave unsaid, in whichever runtime."""

from __future__ import annotations

from typing import Sequence

from lightweight_openpose.poses import Skeleton, find_skeleton
from lightweight_openpose.zoo.model_info import InputSpec

from .contract import BadModel

# Channels of the one output of OpenPose's networks -> skeleton. Heatmaps come first, then PAFs, in
# its Caffe files and in the graphs of tf-pose-estimation alike.
SKELETONS = {57: "coco18", 78: "body_25", 22: "hand_21"}
# The frozen graphs of tf-pose-estimation take pixels as they are and scale them inside.
FROZEN_GRAPH_SPEC = InputSpec(mean=(0.0, 0.0, 0.0), scale=1.0)


def skeleton_with(shapes: Sequence[Sequence], path: object) -> Skeleton:
    """Skeleton of the network whose outputs (N, C, h, w) have these shapes; path: its file.

    Raises BadModel where no network of OpenPose has as many channels.
    """
    channels = [shape[1] for shape in shapes if len(shape) == 4]
    name = SKELETONS.get(channels[-1]) if channels else None
    if name is None:
        known = ", ".join(f"{count} ({name})" for count, name in SKELETONS.items())
        raise BadModel(
            f"{path} gives {channels} channels, none of OpenPose's networks: {known}; name the "
            "skeleton of its maps"
        )
    return find_skeleton(name)

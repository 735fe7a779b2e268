"""Networks by architecture; needs PyTorch."""
from __future__ import annotations

from lightweight_openpose.poses.skeleton import Skeleton

ARCHITECTURES = ("lightweight", "student-small", "student-base")


def build_network(architecture: str, skeleton: Skeleton, stages: int = 1):
    """Network with random weights for a skeleton; stages: refinement stages of `lightweight`. Raises ValueError."""
    from .lightweight import LightweightOpenPose
    from .student import SIZES, PoseStudent
    if architecture == "lightweight":
        return LightweightOpenPose(skeleton.num_heatmaps, skeleton.num_pafs, stages)
    if architecture.startswith("student-") and architecture[8:] in SIZES:
        return PoseStudent(skeleton.num_heatmaps, skeleton.num_pafs, **SIZES[architecture[8:]])
    raise ValueError(f"unknown architecture '{architecture}'; known: {', '.join(ARCHITECTURES)}")

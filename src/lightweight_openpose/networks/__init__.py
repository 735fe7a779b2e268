"""Networks by architecture; needs PyTorch."""
from __future__ import annotations

from torch import nn

from lightweight_openpose.poses.skeleton import Skeleton

from .lightweight import LightweightOpenPose
from .student import StudentBase, StudentSmall

ARCHITECTURES = {
    "lightweight": LightweightOpenPose,
    "student-small": StudentSmall,
    "student-base": StudentBase,
}


def build_network(architecture: str, skeleton: Skeleton, stages: int = 1) -> nn.Module:
    """Network with random weights for the maps of a skeleton. Raises ValueError.

    stages: refinement stages of `lightweight`; a student has one, whatever it says here.
    """
    if architecture not in ARCHITECTURES:
        raise ValueError(
            f"unknown architecture '{architecture}'; known: {', '.join(ARCHITECTURES)}"
        )
    return ARCHITECTURES[architecture](skeleton.num_heatmaps, skeleton.num_pafs, stages)


def architecture_of(network: nn.Module) -> str:
    """Name of the architecture of a network that build_network made, pruned or not."""
    return next(name for name, kind in ARCHITECTURES.items() if type(network) is kind)

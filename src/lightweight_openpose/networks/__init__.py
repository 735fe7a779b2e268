"""Networks by architecture; needs PyTorch."""

from __future__ import annotations

from typing import Dict, Type

from torch import nn

from lightweight_openpose.poses import Skeleton

from .closeup import Closeup
from .closeup_hand import CloseupHand
from .lightweight import LightweightOpenPose
from .openpose_body25 import OpenPoseBody25
from .openpose_hand import OpenPoseHand
from .openpose_layers import OpenPoseNetwork
from .openpose_vgg import OpenPoseVgg
from .student import StudentBase, StudentSmall

# Those of heatmaps and PAFs: what can be trained.
ARCHITECTURES = {
    "lightweight": LightweightOpenPose,
    "student-small": StudentSmall,
    "student-base": StudentBase,
    "openpose-vgg": OpenPoseVgg,
    "openpose-body25": OpenPoseBody25,
}
OPENPOSE: Dict[str, Type[OpenPoseNetwork]] = {
    "openpose-vgg": OpenPoseVgg,
    "openpose-body25": OpenPoseBody25,
    "openpose-hand": OpenPoseHand,
}
# Those of points on the crop of a face or hand.
CLOSEUPS: Dict[str, Type[nn.Module]] = {"closeup": Closeup, "closeup-hand": CloseupHand}
NETWORKS = {**ARCHITECTURES, **OPENPOSE, **CLOSEUPS}


def build_network(
    architecture: str, skeleton: Skeleton, stages: int = 1, width: float = 1.0
) -> nn.Module:
    """Network with random weights for the maps of a skeleton. Raises ValueError.

    stages: after the first, of `lightweight` and OpenPose's networks; a student has one, whatever
    it says here. width: of the hidden layers of OpenPose's networks, over OpenPose's own.
    """
    if architecture not in NETWORKS:
        raise ValueError(f"unknown architecture '{architecture}'; known: {', '.join(NETWORKS)}")
    if architecture in CLOSEUPS:
        return CLOSEUPS[architecture](skeleton.num_keypoints)
    sizes = (skeleton.num_heatmaps, skeleton.num_pafs, stages)
    if architecture in OPENPOSE:
        return OPENPOSE[architecture](*sizes, width)
    if width != 1:
        raise ValueError(f"architecture {architecture} has one width: leave width {width} out")
    return ARCHITECTURES[architecture](*sizes)


def architecture_of(network: nn.Module) -> str:
    """Name of the architecture of a network that build_network made, pruned or not."""
    return next(name for name, kind in NETWORKS.items() if type(network) is kind)

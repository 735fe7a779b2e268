"""OpenPose's hand network (Simon et al., arXiv 1704.07809): 21 joints and background, no PAFs.

It sees the crop of one right hand (estimation.hands). Tensors are named as in the public PyTorch
file hand_pose_model.pth (model1_0.conv1_1.weight …), so that it loads as it is.
"""

from __future__ import annotations

from typing import List, Tuple

import torch

from .openpose_layers import VGG, OpenPoseNetwork, features, refinement_plan, scaled, stage

_FEATURES = (
    *VGG,
    ("conv4_3", 512),
    ("conv4_4", 512),
    ("conv5_1", 512),
    ("conv5_2", 512),
    ("conv5_3_CPM", 128),
)


class OpenPoseHand(OpenPoseNetwork):
    """(N, 3, H, W) float -> list of (heatmaps,) per stage, each (N, num_heatmaps, H/8, W/8).

    num_heatmaps: joints and background; num_pafs is there for a call alike for every architecture;
    stages: after the first, 5 in OpenPose; width: of all hidden layers, 1.0 in OpenPose.
    """

    skeleton = "hand_21"
    mark = "conv6_1_CPM"
    refinement = r"Mconv1_stage\d+"

    def __init__(
        self, num_heatmaps: int = 22, num_pafs: int = 0, stages: int = 5, width: float = 1.0
    ):
        super().__init__()
        self._stages = stages + 1
        channels = scaled(128, width)
        self.model1_0 = features(_FEATURES, width)
        first = [("conv6_1_CPM", scaled(512, width), 1), ("conv6_2_CPM", num_heatmaps, 1)]
        self.model1_1 = stage(channels, first)
        for later in range(2, self._stages + 1):
            plan = refinement_plan(later, "", channels, num_heatmaps)
            self.add_module(f"model{later}", stage(channels + num_heatmaps, plan))

    def forward(self, x: torch.Tensor) -> List[Tuple[torch.Tensor]]:
        """Maps of each stage."""
        seen = self.model1_0(x)
        outputs = [(self.model1_1(seen),)]
        for number in range(2, self._stages + 1):
            joined = torch.cat([*outputs[-1], seen], 1)
            outputs.append((self.get_submodule(f"model{number}")(joined),))
        return outputs

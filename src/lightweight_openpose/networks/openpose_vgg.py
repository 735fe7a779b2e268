"""OpenPose's body network of 18 keypoints (Cao et al., arXiv 1611.08050).

VGG-19 features and six stages of two branches: PAFs (L1) and heatmaps (L2). Tensors are named as in
the public PyTorch file body_pose_model.pth (model0.conv1_1.weight …), so that it loads as it is.
"""

from __future__ import annotations

from typing import List, Tuple

import torch

from .openpose_layers import VGG, OpenPoseNetwork, features, refinement_plan, scaled, stage

_FEATURES = (*VGG, ("conv4_3_CPM", 256), ("conv4_4_CPM", 128))
_BRANCHES = ("L1", "L2")


class OpenPoseVgg(OpenPoseNetwork):
    """(N, 3, H, W) float -> list of (heatmaps, pafs) per stage, each (N, C, H/8, W/8).

    num_heatmaps: joints and background; num_pafs: two per limb; stages: after the first, 5 in
    OpenPose; width: of all hidden layers, 1.0 in OpenPose.
    """

    skeleton = "coco18"
    mark = "conv5_1_CPM_L1"
    refinement = r"Mconv1_stage\d+_L1"

    def __init__(
        self, num_heatmaps: int = 19, num_pafs: int = 38, stages: int = 5, width: float = 1.0
    ):
        super().__init__()
        self._stages = stages + 1
        channels = scaled(128, width)
        self.model0 = features(_FEATURES, width)
        for number, (branch, maps) in enumerate(zip(_BRANCHES, (num_pafs, num_heatmaps)), 1):
            names = [f"conv5_{i}_CPM_{branch}" for i in range(1, 6)]
            first = [(name, channels, 3) for name in names[:3]]
            first += [(names[3], scaled(512, width), 1), (names[4], maps, 1)]
            self.add_module(f"model1_{number}", stage(channels, first))
            for later in range(2, self._stages + 1):
                plan = refinement_plan(later, f"_{branch}", channels, maps)
                joined = channels + num_pafs + num_heatmaps
                self.add_module(f"model{later}_{number}", stage(joined, plan))

    def forward(self, x: torch.Tensor) -> List[Tuple[torch.Tensor, torch.Tensor]]:
        """Maps of each stage."""
        seen = self.model0(x)
        pafs = self.model1_1(seen)
        heatmaps = self.model1_2(seen)
        outputs = [(heatmaps, pafs)]
        for number in range(2, self._stages + 1):
            joined = torch.cat([pafs, heatmaps, seen], 1)
            pafs = self.get_submodule(f"model{number}_1")(joined)
            heatmaps = self.get_submodule(f"model{number}_2")(joined)
            outputs.append((heatmaps, pafs))
        return outputs

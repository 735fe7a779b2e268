"""OpenPose's body network of 25 keypoints, BODY_25 (Cao et al., arXiv 1812.08008).

VGG-19 features, stages of PAFs (L2) and then stages of heatmaps (L1), of blocks of three 3x3
convolutions whose outputs are joined, with PReLU. Tensors are named as the layers of its prototxt
(conv1_1.weight … Mprelu6_stage1_L1.weight).
"""

from __future__ import annotations

from typing import List, Tuple

import torch
import torch.nn.functional as F
from torch import nn

from .openpose_layers import VGG, OpenPoseNetwork, convolution, scaled

_FEATURES = (*VGG, ("conv4_3_CPM", 256), ("conv4_4_CPM", 128))
_PRELU_FROM = "conv4_2"  # the layers before it are followed by ReLU
_BLOCKS = 5
_DEPTH = 3  # convolutions of a block
_HEATMAP_STAGES = 2


class OpenPoseBody25(OpenPoseNetwork):
    """(N, 3, H, W) float -> list of two (heatmaps, pafs), each (N, C, H/8, W/8).

    They are the maps of the two stages of heatmaps, with those of the last two stages of PAFs, so
    that training can hold all four to their targets. num_heatmaps: joints and background; num_pafs:
    two per limb; stages: of PAFs after the first (at least 1), 3 in OpenPose; width: of all hidden
    layers, 1.0 in OpenPose.
    """

    skeleton = "body_25"
    mark = "Mconv1_stage0_L2_0"
    refinement = r"Mconv1_stage[1-9]\d*_L2_0"

    def __init__(
        self, num_heatmaps: int = 26, num_pafs: int = 52, stages: int = 3, width: float = 1.0
    ):
        super().__init__()
        if stages < 1:
            raise ValueError(f"BODY_25 needs a stage of PAFs after the first; stages is {stages}")
        self._paf_stages = stages + 1
        inputs = 3
        for name, outputs in _FEATURES:
            if outputs:
                self.add_module(name, convolution(inputs, scaled(outputs, width)))
                inputs = scaled(outputs, width)
            if name >= _PRELU_FROM and outputs:
                self.add_module(_prelu(name), nn.PReLU(inputs))
        for number in range(self._paf_stages):
            joined = inputs + (num_pafs if number else 0)
            self._add_stage(f"stage{number}_L2", joined, not number, num_pafs, width)
        for number in range(_HEATMAP_STAGES):
            joined = inputs + num_pafs + (num_heatmaps if number else 0)
            self._add_stage(f"stage{number}_L1", joined, not number, num_heatmaps, width)

    def _add_stage(self, place: str, inputs: int, first: bool, maps: int, width: float) -> None:
        """Layers of a stage; the first of a kind is narrower."""
        hidden = scaled(96 if first else 128, width)
        for block in range(1, _BLOCKS + 1):
            for i in range(_DEPTH):
                name = f"Mconv{block}_{place}_{i}"
                self.add_module(name, convolution(inputs, hidden))
                self.add_module(_prelu(name), nn.PReLU(hidden))
                inputs = hidden
            inputs = _DEPTH * hidden
        wide = scaled(256 if first else 512, width)
        self.add_module(f"Mconv6_{place}", convolution(inputs, wide, 1))
        self.add_module(f"Mprelu6_{place}", nn.PReLU(wide))
        self.add_module(f"Mconv7_{place}", convolution(wide, maps, 1, maps=True))

    def forward(self, x: torch.Tensor) -> List[Tuple[torch.Tensor, torch.Tensor]]:
        """Maps of the last two stages of each kind."""
        seen = self._features(x)
        pafs = [self._stage("stage0_L2", seen)]
        for number in range(1, self._paf_stages):
            pafs.append(self._stage(f"stage{number}_L2", torch.cat([seen, pafs[-1]], 1)))
        first = self._stage("stage0_L1", torch.cat([seen, pafs[-1]], 1))
        second = self._stage("stage1_L1", torch.cat([seen, first, pafs[-1]], 1))
        return [(first, pafs[-2]), (second, pafs[-1])]

    def _features(self, x: torch.Tensor) -> torch.Tensor:
        for name, outputs in _FEATURES:
            if not outputs:
                x = F.max_pool2d(x, 2)
            elif name >= _PRELU_FROM:
                x = self._convolved(name, x)
            else:
                x = F.relu(self.get_submodule(name)(x))
        return x

    def _convolved(self, name: str, x: torch.Tensor) -> torch.Tensor:
        return self.get_submodule(_prelu(name))(self.get_submodule(name)(x))

    def _stage(self, place: str, x: torch.Tensor) -> torch.Tensor:
        for block in range(1, _BLOCKS + 1):
            outputs = []
            for i in range(_DEPTH):
                x = self._convolved(f"Mconv{block}_{place}_{i}", x)
                outputs.append(x)
            x = torch.cat(outputs, 1)
        return self.get_submodule(f"Mconv7_{place}")(self._convolved(f"Mconv6_{place}", x))


def _prelu(name: str) -> str:
    """Layer behind a convolution: prelu4_2 of conv4_2, Mprelu6_stage0_L1 of Mconv6_stage0_L1."""
    return name.replace("conv", "prelu", 1)

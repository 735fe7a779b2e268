"""Lightweight OpenPose (D. Osokin, arXiv 1811.12004).

Dilated MobileNet v1 and one light stage after another. Layers are named as in the public
checkpoints, so that those load as they are.
"""

from __future__ import annotations

from typing import List, Optional, Tuple, Type

import torch
from torch import nn

# Output channels, stride and dilation of the depthwise-separable blocks of MobileNet v1 up to
# conv5_5.
_BACKBONE = (
    (64, 1, 1),
    (128, 2, 1),
    (128, 1, 1),
    (256, 2, 1),
    (256, 1, 1),
    (512, 1, 1),
    (512, 1, 2),
    (512, 1, 1),
    (512, 1, 1),
    (512, 1, 1),
    (512, 1, 1),
)


def conv(
    inputs: int,
    outputs: int,
    kernel: int = 1,
    stride: int = 1,
    dilation: int = 1,
    groups: int = 1,
    norm: bool = False,
    bias: bool = True,
    activation: Optional[Type[nn.Module]] = nn.ReLU,
) -> List[nn.Module]:
    """Convolution and, where asked for, batch norm and activation: a list of modules."""
    layers: List[nn.Module] = [
        nn.Conv2d(
            inputs, outputs, kernel, stride, dilation * (kernel // 2), dilation, groups, bias=bias
        )
    ]
    if norm:
        layers.append(nn.BatchNorm2d(outputs))
    if activation is not None:
        layers.append(activation(inplace=True))
    return layers


def plain(
    inputs: int, outputs: int, kernel: int = 1, activation: Optional[Type[nn.Module]] = nn.ReLU
) -> nn.Sequential:
    """Convolution with bias, and its activation."""
    return nn.Sequential(*conv(inputs, outputs, kernel, activation=activation))


def _separable(inputs: int, outputs: int, stride: int, dilation: int) -> nn.Sequential:
    return nn.Sequential(
        *conv(inputs, inputs, 3, stride, dilation, inputs, norm=True, bias=False),
        *conv(inputs, outputs, norm=True, bias=False),
    )


def _separable_elu(channels: int) -> nn.Sequential:
    return nn.Sequential(
        *conv(channels, channels, 3, groups=channels, bias=False, activation=nn.ELU),
        *conv(channels, channels, bias=False, activation=nn.ELU),
    )


class _Cpm(nn.Module):
    def __init__(self, inputs: int, channels: int):
        super().__init__()
        self.align = plain(inputs, channels)
        self.trunk = nn.Sequential(*[_separable_elu(channels) for _ in range(3)])
        self.conv = plain(channels, channels, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.align(x)
        return self.conv(x + self.trunk(x))


class _Heads(nn.Module):
    def __init__(self, channels: int, hidden: int, heatmaps: int, pafs: int):
        super().__init__()
        for name, outputs in (("heatmaps", heatmaps), ("pafs", pafs)):
            setattr(
                self,
                name,
                nn.Sequential(plain(channels, hidden), plain(hidden, outputs, activation=None)),
            )

    def forward(self, x: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        x = self.trunk(x)
        return self.heatmaps(x), self.pafs(x)


class _InitialStage(_Heads):
    def __init__(self, channels: int, heatmaps: int, pafs: int):
        super().__init__(channels, 512, heatmaps, pafs)
        self.trunk = nn.Sequential(*[plain(channels, channels, 3) for _ in range(3)])


class _RefinementBlock(nn.Module):
    def __init__(self, inputs: int, channels: int):
        super().__init__()
        self.initial = plain(inputs, channels)
        self.trunk = nn.Sequential(
            nn.Sequential(*conv(channels, channels, 3, norm=True)),
            nn.Sequential(*conv(channels, channels, 3, dilation=2, norm=True)),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.initial(x)
        return x + self.trunk(x)


class _RefinementStage(_Heads):
    def __init__(self, inputs: int, channels: int, heatmaps: int, pafs: int):
        super().__init__(channels, channels, heatmaps, pafs)
        self.trunk = nn.Sequential(
            *[_RefinementBlock(inputs if i == 0 else channels, channels) for i in range(5)]
        )


class LightweightOpenPose(nn.Module):
    """(N, 3, H, W) float -> list of (heatmaps, pafs) per stage, each (N, C, H/8, W/8).

    num_heatmaps: joints and background; num_pafs: two per limb; stages: refinement stages (0 to 3).
    """

    multiple = 8  # [px] of which H and W are multiples

    def __init__(
        self, num_heatmaps: int = 19, num_pafs: int = 38, stages: int = 1, channels: int = 128
    ):
        super().__init__()
        width = 32
        blocks = [nn.Sequential(*conv(3, width, 3, 2, norm=True, bias=False))]
        for outputs, stride, dilation in _BACKBONE:
            blocks.append(_separable(width, outputs, stride, dilation))
            width = outputs
        self.model = nn.Sequential(*blocks)
        self.cpm = _Cpm(width, channels)
        self.initial_stage = _InitialStage(channels, num_heatmaps, num_pafs)
        self.refinement_stages = nn.ModuleList(
            [
                _RefinementStage(
                    channels + num_heatmaps + num_pafs, channels, num_heatmaps, num_pafs
                )
                for _ in range(stages)
            ]
        )

    def forward(self, x: torch.Tensor) -> List[Tuple[torch.Tensor, torch.Tensor]]:
        """Maps of the initial stage and of each refinement."""
        features = self.features(x)
        outputs = [self.initial_stage(features)]
        for stage in self.refinement_stages:
            outputs.append(stage(torch.cat([features, *outputs[-1]], dim=1)))
        return outputs

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H/8, W/8) that all stages begin with."""
        return self.cpm(self.model(x))

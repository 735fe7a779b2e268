"""Lightweight OpenPose at two strides.

The wide half of its backbone works at stride 16, where it costs a quarter and sees twice as far.
Inverted residuals behind it (MobileNetV2, arXiv 1801.04381), with 5x5 kernels, see large people
whole. All that is enlarged and added to the features of stride 8 (feature pyramids, arXiv
1612.03144).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from .lightweight import LightweightOpenPose, conv, plain

FINE = 6  # layers of the backbone at strides up to 8
BLOCKS = 4  # inverted residuals


class _Inverted(nn.Module):
    """It adds nothing at first: a trained network that gets one stays as it is."""

    def __init__(self, channels):
        super().__init__()
        self.wide = plain(channels, channels)
        self.depthwise = nn.Sequential(*conv(channels, channels, 5, groups=channels))
        self.narrow = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.narrow.weight)
        nn.init.zeros_(self.narrow.bias)

    def forward(self, x):
        return x + self.narrow(self.depthwise(self.wide(x)))


class LightweightCoarse(LightweightOpenPose):
    """(N, 3, H, W) float -> list of (heatmaps, pafs) per stage, each (N, C, H/8, W/8).

    Arguments are those of LightweightOpenPose, and so are the names of layers that both have.
    """

    multiple = 16

    def __init__(self, num_heatmaps=19, num_pafs=38, stages=1, channels=128):
        super().__init__(num_heatmaps, num_pafs, stages, channels)
        self.model[FINE][0].stride = (2, 2)
        after = self.model[FINE + 1][0]
        after.dilation = after.padding = (1, 1)
        fine, coarse = (self.model[i][3].out_channels for i in (FINE - 1, -1))
        self.context = nn.Sequential(*[_Inverted(coarse) for _ in range(BLOCKS)])
        self.cpm.align = nn.Conv2d(coarse, channels, 1)
        self.cpm.skip = nn.Conv2d(fine, channels, 1)
        self.cpm.up = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        with torch.no_grad():
            self.cpm.up.weight.copy_(interpolation(channels))

    def features(self, x):
        """(N, C, H/8, W/8) that all stages begin with."""
        fine = self.model[:FINE](x)
        coarse = self.cpm.align(self.context(self.model[FINE:](fine)))
        coarse = self.cpm.up(F.interpolate(coarse, scale_factor=2.0, mode="nearest"))
        x = F.relu(coarse + self.cpm.skip(fine))
        return self.cpm.conv(x + self.cpm.trunk(x))


def interpolation(channels: int) -> torch.Tensor:
    """(C, 1, 3, 3) kernels that turn values repeated in 2x2 cells into linearly interpolated ones.

    Even cells keep theirs: layers of stride 2 with 3x3 kernels are centred on those.
    """
    kernels = torch.zeros(channels, 1, 3, 3)
    kernels[:, :, 1:, 1:] = 0.25
    return kernels

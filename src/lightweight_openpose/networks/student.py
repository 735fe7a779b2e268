"""A compact network for distillation.

Encoder to stride 32, top-down path to stride 8, one refinement stage. Inverted residuals
(MobileNetV2, arXiv 1801.04381) with 5x5 and separable blocks with 7x7 depthwise kernels, which give
a single branch the reach that poses need (LitePose, arXiv 2205.01271); ReLU throughout, since it
quantises well.
"""

from __future__ import annotations

from typing import List, Sequence, Tuple

import torch
import torch.nn.functional as F
from torch import nn


def conv(
    inputs: int,
    outputs: int,
    kernel: int = 1,
    stride: int = 1,
    groups: int = 1,
    activation: bool = True,
) -> List[nn.Module]:
    """Convolution, batch norm and, by default, ReLU: a list of modules."""
    layers: List[nn.Module] = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, 1, groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return layers + [nn.ReLU()] if activation else layers


class _Inverted(nn.Module):
    def __init__(
        self, inputs: int, outputs: int, expand: int = 3, stride: int = 1, kernel: int = 3
    ):
        super().__init__()
        hidden = inputs * expand
        self.f = nn.Sequential(
            *conv(inputs, hidden),
            *conv(hidden, hidden, kernel, stride, hidden),
            *conv(hidden, outputs, activation=False),
        )
        self._shortcut = inputs == outputs and stride == 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.f(x) if self._shortcut else self.f(x)


class _Separable(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.f = nn.Sequential(
            *conv(channels, channels, 7, groups=channels), *conv(channels, channels)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.f(x)


def _stage(inputs: int, outputs: int, count: int, expand: int) -> nn.Sequential:
    first = _Inverted(inputs, outputs, expand, 2, 5)
    return nn.Sequential(
        first, *[_Inverted(outputs, outputs, expand, 1, 5) for _ in range(count - 1)]
    )


def head(channels: int, outputs: int) -> nn.Sequential:
    """Layers to maps, which start at zero.

    Without people in sight the maps are flat, and a start from noise only has to unlearn it.
    """
    last = nn.Conv2d(channels, outputs, 1)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(*conv(channels, channels), last)


class PoseStudent(nn.Module):
    """(N, 3, H, W) float -> list of (heatmaps, pafs) per stage, each (N, C, H/8, W/8).

    The sizes are classes of their own. num_heatmaps: joints and background; num_pafs: two per limb;
    stages is there for a call alike for every architecture: a student refines once.
    """

    multiple = 32  # [px] of which H and W are multiples
    width: Sequence[int]  # channels of the stem, and at strides 4, 8, 16, 32
    neck: int  # channels of the top-down path
    depth: Sequence[int]  # blocks at strides 4, 8, 16, 32

    def __init__(self, num_heatmaps: int = 19, num_pafs: int = 38, stages: int = 1):
        super().__init__()
        self._num_heatmaps = num_heatmaps
        neck = self.neck
        depth = self.depth
        a, b, c, d, e = self.width
        outputs = num_heatmaps + num_pafs
        self.stem = nn.Sequential(
            *conv(3, a, 3, 2),
            *conv(a, a, 3, 2, a),
            *conv(a, b),
            *[_Inverted(b, b) for _ in range(depth[0])],
        )
        self.s8 = _stage(b, c, depth[1], 3)
        self.s16 = _stage(c, d, depth[2], 4)
        self.s32 = _stage(d, e, depth[3], 4)
        self.l8, self.l16, self.l32 = (
            nn.Sequential(*conv(n, neck, activation=False)) for n in (c, d, e)
        )
        self.m16 = _Separable(neck)
        self.trunk = nn.Sequential(*[_Separable(neck) for _ in range(3)])
        self.head1 = head(neck, outputs)
        self.refine = nn.Sequential(
            *conv(neck + outputs, neck), *[_Separable(neck) for _ in range(4)]
        )
        self.head2 = head(neck, outputs)

    def forward(self, x: torch.Tensor) -> List[Tuple[torch.Tensor, torch.Tensor]]:
        """Maps of the first stage and of the refined one."""
        x8 = self.s8(self.stem(x))
        x16 = self.s16(x8)
        coarse = F.relu(self.l16(x16) + _double(self.l32(self.s32(x16))))
        features = self.trunk(F.relu(self.l8(x8) + _double(self.m16(coarse))))
        first = self.head1(features)
        second = first + self.head2(self.refine(torch.cat([features, first], 1)))
        return [
            (maps[:, : self._num_heatmaps], maps[:, self._num_heatmaps :])
            for maps in (first, second)
        ]


class StudentSmall(PoseStudent):
    """For robots without a graphics card."""

    width = (24, 32, 48, 96, 160)
    neck = 96
    depth = (1, 3, 4, 3)


class StudentBase(PoseStudent):
    """More than twice the multiplications of StudentSmall."""

    width = (32, 40, 72, 144, 240)
    neck = 144
    depth = (2, 4, 6, 4)


def _double(x: torch.Tensor) -> torch.Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")

"""A student for distillation whose blocks suit CPUs: few passes over large maps, most of the work in dense convolutions.

Depthwise convolutions before the widening 1x1, as in ConvNeXt (arXiv 2201.03545) with batch norm and ReLU, cost a quarter of
those after it, forwards and even more so backwards; at strides 2 and 4 there are only dense 3x3 ones.
"""
from __future__ import annotations

from torch import nn

from .student import PoseStudent, conv, head

WIDE = {"width": (24, 40, 80, 144, 240), "neck": 112, "depth": (2, 4, 3)}
KERNELS, EXPANSIONS = (5, 7, 5), (2, 4, 4)  # at strides 8, 16, 32


class _Block(nn.Module):
    def __init__(self, channels, kernel=7, expand=2):
        super().__init__()
        self.f = nn.Sequential(nn.Conv2d(channels, channels, kernel, 1, kernel // 2, groups=channels, bias=False),
                               nn.BatchNorm2d(channels), nn.Conv2d(channels, channels * expand, 1), nn.ReLU(),
                               nn.Conv2d(channels * expand, channels, 1, bias=False), nn.BatchNorm2d(channels))
        nn.init.constant_(self.f[-1].weight, 0.3)  # blocks start close to the identity

    def forward(self, x):
        return x + self.f(x)


class WideStudent(PoseStudent):
    """As PoseStudent, with other blocks and two times the multiplications: 0.77 GMAC at 256x256, 3.1 M parameters.

    depth: blocks at strides 8, 16, 32.
    """

    def __init__(self, num_heatmaps=19, num_pafs=38, width=WIDE["width"], neck=WIDE["neck"], depth=WIDE["depth"]):
        nn.Module.__init__(self)
        self._num_heatmaps = num_heatmaps
        outputs = num_heatmaps + num_pafs
        stem, *strides = width
        self.stem = nn.Sequential(*conv(3, stem, 3, 2), *conv(stem, strides[0], 3, 2))
        self.s8, self.s16, self.s32 = (
            nn.Sequential(*conv(a, b, 3, 2), *[_Block(b, kernel, expand) for _ in range(count)])
            for a, b, count, kernel, expand in zip(strides, strides[1:], depth, KERNELS, EXPANSIONS))
        self.l8, self.l16, self.l32 = (nn.Sequential(*conv(n, neck, activation=False)) for n in strides[1:])
        blocks = lambda count: nn.Sequential(*[_Block(neck) for _ in range(count)])
        self.m16, self.trunk = blocks(2), blocks(2)
        self.head1 = head(neck, outputs)
        self.refine = nn.Sequential(*conv(neck + outputs, neck), *blocks(2))
        self.head2 = head(neck, outputs)

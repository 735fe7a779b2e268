"""A network on the crop of a hand: its points, how sure each is, and whether it is there.

The layers are those of MediaPipe's hand landmark network (Zhang et al., arXiv 2006.10214), lite:
inverted bottlenecks (Sandler et al., arXiv 1801.04381). So its weights may be the start. The input
is smaller here, and the first layer keeps the resolution.
"""

from __future__ import annotations

from typing import List, Tuple

import torch
import torch.nn.functional as F
from torch import nn

from .closeup import LAPLACE

SIZE = 112  # [px] height and width of the input
STEM, FIRST = 24, 16  # channels of the first two layers
# hidden channels, channels behind them, kernel, stride
LAYERS = (
    (64, 16, 3, 2),
    (96, 16, 3, 1),
    (96, 24, 5, 2),
    (144, 24, 5, 1),
    (144, 48, 3, 2),
    (288, 48, 3, 1),
    (288, 48, 3, 1),
    (288, 64, 5, 1),
    (384, 64, 5, 1),
    (384, 64, 5, 1),
    (384, 112, 5, 2),
    (672, 112, 5, 1),
    (672, 112, 5, 1),
    (672, 112, 5, 1),
)
LAST = (672, 3)  # hidden channels and kernel of the layer before the outputs


class Bottleneck(nn.Module):
    """Inverted residual block; where it halves maps of as many channels, their maxima go on."""

    def __init__(self, before: int, hidden: int, after: int, kernel: int, stride: int):
        super().__init__()
        self.expand = nn.Conv2d(before, hidden, 1)
        # As TensorFlow pads: what is odd comes behind.
        padding = kernel // 2 if stride == 1 else 0
        self.depthwise = nn.Conv2d(hidden, hidden, kernel, stride, padding, groups=hidden)
        self.project = nn.Conv2d(hidden, after, 1)
        self._stride = stride
        self._ahead = (kernel // 2 - 1, kernel // 2)
        self._added = before == after

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, before, h, w) -> (N, after, h / stride, w / stride)."""
        inner = F.relu6(self.expand(x))
        if self._stride == 2:
            inner = F.pad(inner, self._ahead * 2)
        inner = self.project(F.relu6(self.depthwise(inner)))
        if not self._added:
            return inner
        return inner + (F.max_pool2d(x, 2) if self._stride == 2 else x)


class CloseupHand(nn.Module):
    """(N, 3, SIZE, SIZE) -> [(points (N, K, 3), presence (N, 1))], as of `Closeup`."""

    multiple = SIZE

    def __init__(self, num_points: int):
        super().__init__()
        self.stem = nn.Conv2d(3, STEM, 3, 1, 1)
        self.depthwise = nn.Conv2d(STEM, STEM, 3, 1, 1, groups=STEM)
        self.project = nn.Conv2d(STEM, FIRST, 1)
        before = FIRST
        blocks = []
        for hidden, after, kernel, stride in LAYERS:
            blocks.append(Bottleneck(before, hidden, after, kernel, stride))
            before = after
        self.blocks = nn.Sequential(*blocks)
        hidden, kernel = LAST
        self.expand = nn.Conv2d(before, hidden, 1)
        self.last = nn.Conv2d(hidden, hidden, kernel, 1, kernel // 2, groups=hidden)
        self.place = nn.Conv2d(hidden, 2 * num_points, 1)
        self.spread = nn.Conv2d(hidden, num_points, 1)
        self.presence = nn.Conv2d(hidden, 1, 1)

    def freeze(self, blocks: int) -> None:
        """As of `Closeup`."""
        for module in (self.stem, self.depthwise, self.project, self.blocks[:blocks]):
            module.requires_grad_(False)

    def first(self, image: torch.Tensor, blocks: int) -> torch.Tensor:
        """(N, 3, SIZE, SIZE) -> what so many blocks make of it."""
        x = F.relu6(self.depthwise(F.relu6(self.stem(image))))
        return self.blocks[:blocks](self.project(x))

    def rest(self, x: torch.Tensor, blocks: int) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """What `first` gives -> what `raw` gives."""
        x = F.relu6(self.expand(self.blocks[blocks:](x)))
        x = F.relu6(self.last(x)).mean((2, 3), keepdim=True)
        places = self.place(x).flatten(1)
        places = places.reshape(places.shape[0], -1, 2)
        return places, self.spread(x).flatten(1), self.presence(x).flatten(1)

    def raw(self, image: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """As of `Closeup`."""
        return self.rest(self.first(image, len(self.blocks)), len(self.blocks))

    def forward(self, image: torch.Tensor) -> List[Tuple[torch.Tensor, torch.Tensor]]:
        """As the class says; one stage."""
        return [self.said(*self.raw(image))]

    @staticmethod
    def said(
        places: torch.Tensor, spread: torch.Tensor, presence: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        """What `raw` gives -> (points, presence)."""
        xy = places * SIZE + (SIZE - 1) / 2
        deviation = torch.exp(spread) * (SIZE * LAPLACE)
        return torch.cat([xy, deviation[..., None]], 2), torch.sigmoid(presence)

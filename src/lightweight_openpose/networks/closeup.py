"""A network on the crop of a face or hand: its points, how sure each is, and whether it is there.

The layers are those of MediaPipe's face mesh (Kartynnik et al., arXiv 1907.06724): residual blocks
of a depthwise and a pointwise convolution with PReLU. So its weights may be the start. The input is
half as large here, and the first layer keeps the resolution.
"""

from __future__ import annotations

from typing import List, Tuple

import torch
import torch.nn.functional as F
from torch import nn

SIZE = 96  # [px] height and width of the input
WIDTHS = (16, 32, 64, 128, 128, 128)  # channels at SIZE, SIZE / 2, ...
BLOCKS = 2  # at each resolution, behind the one that comes to it
SQUEEZED = 32  # channels of the last map
# Standard deviation along an axis over b, for distances r between two dimensional points with a
# Laplacian density exp(-r / b).
LAPLACE = 3**0.5


class Block(nn.Module):
    """Residual block; stride 2 halves the map, and channels that are new begin at zero."""

    def __init__(self, before: int, after: int, stride: int = 1):
        super().__init__()
        padding = 1 if stride == 1 else 0
        self.depthwise = nn.Conv2d(before, before, 3, stride, padding, groups=before)
        self.pointwise = nn.Conv2d(before, after, 1)
        self.act = nn.PReLU(after)
        self._stride = stride
        self._more = after - before

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, before, h, w) -> (N, after, h / stride, w / stride)."""
        inner = x
        if self._stride == 2:
            # As TensorFlow pads: all of it behind.
            inner = F.pad(x, (0, 1, 0, 1))
            x = F.max_pool2d(x, 2)
        if self._more:
            x = F.pad(x, (0, 0, 0, 0, 0, self._more))
        return self.act(x + self.pointwise(self.depthwise(inner)))


class Closeup(nn.Module):
    """(N, 3, SIZE, SIZE) -> [(points (N, K, 3), presence (N, 1))].

    points: x, y and their standard deviation [px of the input]; presence: probability.
    """

    multiple = SIZE

    def __init__(self, num_points: int):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, WIDTHS[0], 3, 1, 1), nn.PReLU(WIDTHS[0]))
        blocks = [Block(WIDTHS[0], WIDTHS[0]) for _ in range(BLOCKS)]
        for before, after in zip(WIDTHS, WIDTHS[1:]):
            blocks += [Block(before, after, 2), *(Block(after, after) for _ in range(BLOCKS))]
        self.blocks = nn.Sequential(*blocks)
        self.squeeze = nn.Sequential(nn.Conv2d(WIDTHS[-1], SQUEEZED, 1), nn.PReLU(SQUEEZED))
        self.last = Block(SQUEEZED, SQUEEZED)
        cells = SIZE >> (len(WIDTHS) - 1)
        self.place = nn.Conv2d(SQUEEZED, 2 * num_points, cells)
        self.spread = nn.Conv2d(SQUEEZED, num_points, cells)
        self.presence = nn.Conv2d(SQUEEZED, 1, cells)

    def freeze(self, blocks: int) -> None:
        """Let the first layers, so many blocks of them, keep their weights in training."""
        self.stem.requires_grad_(False)
        self.blocks[:blocks].requires_grad_(False)

    def raw(self, image: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(positions (N, K, 2) from the middle over SIZE, log of b (N, K) over SIZE, logit (N, 1)).

        b: of the Laplacian density of a point's distance from its estimated position.
        """
        x = self.last(self.squeeze(self.blocks(self.stem(image))))
        places = self.place(x).flatten(1)
        places = places.reshape(places.shape[0], -1, 2)
        return places, self.spread(x).flatten(1), self.presence(x).flatten(1)

    def forward(self, image: torch.Tensor) -> List[Tuple[torch.Tensor, torch.Tensor]]:
        """As the class says; one stage."""
        places, spread, presence = self.raw(image)
        xy = places * SIZE + (SIZE - 1) / 2
        deviation = torch.exp(spread) * (SIZE * LAPLACE)
        return [(torch.cat([xy, deviation[..., None]], 2), torch.sigmoid(presence))]

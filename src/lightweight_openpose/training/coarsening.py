"""The wide half of a trained network moved to stride 16."""

from __future__ import annotations

from typing import Sequence

import torch
import torch.nn.functional as F
from torch import nn

from lightweight_openpose.networks.lightweight import LightweightOpenPose
from lightweight_openpose.networks.lightweight_coarse import (
    FINE,
    LightweightCoarse,
    interpolation,
)
from lightweight_openpose.networks.widths import fit_widths

RIDGE = 1e-2  # of the mean second moment: pulls towards the weights before
# A 3x3 kernel of cells half as far apart, on their linear interpolation (rows and columns alike).
HALVED = ((0.5, 0.0, 0.0), (0.5, 1.0, 0.5), (0.0, 0.0, 0.5))


def coarsen(network: LightweightOpenPose, batches: Sequence[torch.Tensor]) -> LightweightCoarse:
    """Network of two strides whose features are as near to the network's as least squares can.

    batches: images (N, 3, S, S), S a multiple of 16. Up to the first dilated layer the values of
    every other cell stay what they were; each layer after it is solved for those of the network.
    The inverted residuals add nothing yet.
    """
    stages = [network.initial_stage, *network.refinement_stages]
    sizes = [stages[0].heatmaps[-1][0].out_channels, stages[0].pafs[-1][0].out_channels]
    coarse = LightweightCoarse(*sizes, len(stages) - 1)
    state = _moved(network, coarse)
    fit_widths(coarse, state)
    coarse.load_state_dict(state)
    coarse.eval()
    with torch.no_grad():
        _solve(network, coarse, batches)
    return coarse


def _moved(network, coarse):
    """State dict of the network of two strides, before anything is solved."""
    state = {
        k.replace("cpm.align.0.", "cpm.align."): v.clone() for k, v in network.state_dict().items()
    }
    kernel = torch.tensor(HALVED)
    for index in range(FINE + 2, len(network.model)):
        name = f"model.{index}.0.weight"
        state[name] = torch.einsum("jk,cokl,il->coji", kernel, state[name], kernel)
    fine, wide = (network.model[i][3].out_channels for i in (FINE - 1, -1))
    channels = len(state["cpm.align.weight"])
    state["cpm.skip.weight"] = torch.zeros(channels, fine, 1, 1)
    state["cpm.skip.bias"] = torch.zeros(channels)
    state["cpm.up.weight"] = interpolation(channels)
    for name, value in coarse.state_dict().items():
        if name.startswith("context."):
            state[name] = _narrowed(name, value, wide)
    return state


def _narrowed(name, value, width):
    """A tensor of the inverted residuals for a backbone of so many channels."""
    if value.dim() < 4 or ".depthwise." in name:
        return value[:width].clone()
    # The variance of the sums stays what it was.
    return value[:width, :width] * (value.shape[1] / width) ** 0.5


def _solve(network, coarse, batches):
    """Fit depthwise and full convolutions in turn, from the first that sees other cells on."""
    start = FINE + 2
    skips = [network.model[:FINE](x) for x in batches]
    fine = [network.model[FINE:start](x) for x in skips]
    ours = [coarse.model[FINE:start](x) for x in skips]
    for theirs, block in zip(network.model[start:], coarse.model[start:]):
        _fit(block[0], ours, [theirs[0](x)[:, :, ::2, ::2] for x in fine])
        fine = [theirs[:3](x) for x in fine]
        ours = [block[:3](x) for x in ours]
        _fit(block[3], ours, [theirs[3](x)[:, :, ::2, ::2] for x in fine])
        fine = [theirs[3:](x) for x in fine]
        ours = [block[3:](x) for x in ours]
    wanted = [network.cpm.align[0](x) for x in fine]
    joined = nn.Conv2d(ours[0].shape[1] + skips[0].shape[1], wanted[0].shape[1], 1)
    cpm = coarse.cpm
    joined.weight.copy_(torch.cat([cpm.align.weight, cpm.skip.weight], 1))
    joined.bias.copy_(cpm.align.bias)
    inputs = [torch.cat([_interpolated(x), skip], 1) for x, skip in zip(ours, skips)]
    # The last row and column have no neighbours to interpolate with.
    _fit(joined, [x[:, :, :-1, :-1] for x in inputs], [y[:, :, :-1, :-1] for y in wanted])
    align, skip = joined.weight.split([ours[0].shape[1], skips[0].shape[1]], 1)
    cpm.align.weight.copy_(align)
    cpm.skip.weight.copy_(skip)
    # Behind the enlarging, which fades towards the last row and column.
    cpm.skip.bias.copy_(cpm.align.bias)
    cpm.align.bias.zero_()


def _interpolated(maps):
    maps = F.interpolate(maps, scale_factor=2.0, mode="nearest")
    channels = maps.shape[1]
    return F.conv2d(maps, interpolation(channels), padding=1, groups=channels)


def _fit(layer, inputs, outputs):
    """Set the weights of a convolution, depthwise or of size 1, by least squares; its bias stays.

    inputs, outputs: lists of (N, C, h, w), of the same h and w.
    """
    groups = layer.groups
    moments = mixed = 0
    for x, y in zip(inputs, outputs):
        if layer.bias is not None:
            y = y - layer.bias.view(1, -1, 1, 1)
        patches = F.unfold(x, layer.kernel_size, padding=layer.padding)
        rows = patches.view(len(x), groups, -1, patches.shape[2]).permute(1, 2, 0, 3).flatten(2)
        wanted = y.flatten(2).view(len(x), groups, -1, patches.shape[2]).permute(1, 2, 0, 3)
        rows, wanted = rows.double(), wanted.flatten(2).double()
        moments = moments + rows @ rows.transpose(1, 2)
        mixed = mixed + rows @ wanted.transpose(1, 2)
    before = layer.weight.view(groups, layer.out_channels // groups, -1).transpose(1, 2).double()
    ridge = RIDGE * moments.diagonal(dim1=1, dim2=2).mean(1)[:, None, None] + 1e-9
    eye = torch.eye(moments.shape[1], dtype=torch.double)
    weight = torch.linalg.solve(moments + ridge * eye, mixed + ridge * before)
    layer.weight.copy_(weight.transpose(1, 2).reshape(layer.weight.shape).float())

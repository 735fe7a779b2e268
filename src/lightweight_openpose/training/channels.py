"""Channels that a network can do without: what each is worth, what it costs, and its removal.

Worth is the Fisher form of Theis et al. (arXiv 1801.05787): the expected change of the loss when a channel is set to zero, here
times the share of the channel that the others cannot stand in for (the structured form of the optimal brain surgeon). What
remains of a layer is then solved by least squares, so that its outputs stay as near to the old ones as they can.
"""
from __future__ import annotations

from typing import Callable, Dict, Iterable, List, NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from lightweight_openpose.networks.widths import map_layers

SIZE = (256, 456)    # [px] of the input for which multiplications are counted
RIDGE = 1e-3         # of the mean second moment: what keeps the least squares in bounds
LEAST = 0.25         # share of a layer's channels that stays in one step


class Statistics(NamedTuple):
    """Of each full convolution: information (inputs,), and second moments (inputs * kh * kw,) squared of its input patches."""

    information: Dict[nn.Module, torch.Tensor]
    moments: Dict[nn.Module, torch.Tensor]


class Block(NamedTuple):
    """Channels that go together: a convolution and the indices of its outputs, their worth and the multiplications saved."""

    module: nn.Module
    channels: List[int]
    worth: float
    saved: float


def cells(network: nn.Module) -> Dict[nn.Module, int]:
    """Output cells of each convolution for an input of SIZE."""
    found = {}
    with torch.no_grad():
        _hooked(network, lambda module, _, output: found.__setitem__(module, output.shape[2] * output.shape[3]),
                lambda: network(_example(network, *SIZE)))
    return found


def multiplications(network: nn.Module) -> float:
    """Multiplications of the convolutions for an input of SIZE [10^9]."""
    return sum(m.weight.numel() * count for m, count in cells(network).items()) / 1e9


def statistics(network: nn.Module, batches: Iterable[torch.Tensor], weigh: Callable) -> Statistics:
    """Measure on batches of images (N, 3, S, S); weigh(maps (N, C, h, w)) -> weight of each value in the loss.

    Random signs times the square root of the loss's weights, propagated back, give its curvature in expectation
    (Gauss-Newton); a gradient of the loss itself is zero for a network that is its own teacher.
    """
    information, moments, samples, rows = {}, {}, 0, {}

    def watch(module, inputs, output):
        if module.groups > 1:
            return
        x, = inputs
        with torch.no_grad():
            patches = _patches(x.detach(), module)
            moments[module] = moments.get(module, 0) + patches @ patches.T
            rows[module] = rows.get(module, 0) + patches.shape[1]
        if x.requires_grad:
            values = x.detach()  # the hook must not keep the tensor that it hangs on: that would keep every graph
            x.register_hook(lambda gradient: information.__setitem__(
                module, information.get(module, 0) + ((gradient * values).sum((2, 3)).double() ** 2).sum(0)))

    def propagate():
        nonlocal samples
        for images in batches:
            maps = torch.cat(network(images)[-1], 1)
            (maps * torch.randn_like(maps).sign() * weigh(maps.detach()).sqrt()).sum().backward()
            samples += len(images)

    with torch.enable_grad():
        _hooked(network, watch, propagate)
    network.zero_grad(set_to_none=True)
    return Statistics({m: v / samples for m, v in information.items()}, {m: v / rows[m] for m, v in moments.items()})


def remove(network: nn.Module, measured: Statistics, share: float, multiple: int = 8) -> None:
    """Remove channels in blocks of `multiple` until about a share of the multiplications is gone; in place.

    What two layers in a row save is counted once for each: a little less than the share goes.
    """
    graph, ends, counted = _graph(network), map_layers(network), cells(network)
    wanted = share * sum(m.weight.numel() * count for m, count in counted.items())
    saved, left = 0.0, {}
    for block in sorted(_blocks(graph, ends, measured, counted, multiple), key=lambda b: b.worth / b.saved):
        if saved >= wanted:
            break
        left.setdefault(block.module, []).extend(block.channels)
        saved += block.saved
    for module, channels in left.items():
        group = graph.get_pruning_group(module, _tp().prune_conv_out_channels, sorted(channels))
        for dependency, index in group:
            target = dependency.target.module
            if dependency.pruning_fn == _tp().prune_conv_in_channels and target in measured.moments:
                _compensate(target, index, measured)
        group.prune()


def _blocks(graph, ends, measured, counted, multiple) -> List[Block]:
    """Of each group of layers tied to one another, blocks of the channels worth the least first."""
    found = []
    for group in graph.get_all_groups(ignored_layers=ends, root_module_types=[nn.Conv2d]):
        root, count = group[0].dep.target.module, len(group[0].idxs)
        worth, price, known = torch.zeros(count, dtype=torch.double), 0.0, False
        for dependency, index in group:
            module, out = dependency.target.module, dependency.pruning_fn != _tp().prune_conv_in_channels
            if not isinstance(module, nn.Conv2d):
                continue
            price += counted[module] * module.weight.numel() / (module.out_channels if out else module.in_channels)
            if not out and module in measured.information and len(index) == count:
                worth += _worth(module, measured)[list(index)]
                known = True
        if not known:
            continue
        order = worth.argsort()
        first = count % multiple or multiple  # so that what stays is a multiple
        edges = list(range(first, int(count * (1 - LEAST)) + 1, multiple))
        for begin, end in zip([0] + edges, edges):
            channels = order[begin:end]
            found.append(Block(root, channels.tolist(), float(worth[channels].sum()), price * len(channels)))
    return found


def _worth(module, measured):
    """Information of each input channel, times the share of it that no combination of the others gives."""
    moments = measured.moments[module]
    area = len(moments) // module.in_channels
    channel = moments.view(module.in_channels, area, module.in_channels, area).diagonal(0, 1, 3).mean(-1).double()
    scale = channel.diagonal().clamp(min=1e-12)
    ridge = torch.eye(len(scale), dtype=torch.double) * RIDGE * scale.mean()
    alone = 1 / (scale * torch.linalg.inv(channel + ridge).diagonal())
    return measured.information[module] * alone.clamp(1e-3, 1)


def _compensate(module, dropped, measured):
    """Weights of a convolution for its remaining inputs whose outputs are nearest to those with all inputs."""
    moments = measured.moments[module].double()
    area = len(moments) // module.in_channels
    gone = torch.zeros(module.in_channels, dtype=torch.bool)
    gone[list(dropped)] = True
    gone = gone.repeat_interleave(area)
    weight = module.weight.data.flatten(1).double()
    within = moments[~gone][:, ~gone]
    within = within + torch.eye(len(within), dtype=torch.double) * RIDGE * within.diagonal().mean()
    weight[:, ~gone] += weight[:, gone] @ torch.linalg.solve(within, moments[~gone][:, gone]).T
    # Where several groups take inputs from one layer the next one begins with what this one left.
    weight[:, gone] = 0
    module.weight.data = weight.float().view_as(module.weight)


def _patches(x, module):
    """(inputs * kh * kw, N * cells) of what a convolution sees."""
    if module.kernel_size == (1, 1) and module.stride == (1, 1):
        return x.permute(1, 0, 2, 3).flatten(1)
    return F.unfold(x, module.kernel_size, module.dilation, module.padding, module.stride).permute(1, 0, 2).flatten(1)


def _graph(network):
    return _tp().DependencyGraph().build_dependency(network, example_inputs=_example(network, 64, 64))


def _example(network, height, width):
    up = lambda n: -(-n // getattr(network, "multiple", 8)) * getattr(network, "multiple", 8)
    return torch.zeros(1, 3, up(height), up(width))


def _hooked(network, hook, action):
    """Run an action while a forward hook hangs on every convolution."""
    hooks = [m.register_forward_hook(hook) for m in network.modules() if isinstance(m, nn.Conv2d)]
    try:
        action()
    finally:
        for handle in hooks:
            handle.remove()


def _tp():
    try:
        import torch_pruning
    except ImportError:
        raise ImportError("pruning needs the Python package torch-pruning: pip install torch-pruning") from None
    return torch_pruning

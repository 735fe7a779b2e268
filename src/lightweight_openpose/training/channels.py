"""Channels that a network can do without: what each is worth, what it costs, and its removal.

Worth is the Fisher form of Theis et al. (arXiv 1801.05787): the expected change of the loss when a
channel is set to zero, here times the share of the channel that the others cannot stand in for (the
structured form of the optimal brain surgeon). What remains of a layer is then solved by least
squares, so that its outputs stay as near to the old ones as they can.
"""

from __future__ import annotations

import contextlib
from types import ModuleType
from typing import (
    TYPE_CHECKING,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Sequence,
    Tuple,
)

import torch
import torch.nn.functional as F
from torch import nn

from lightweight_openpose.files import install_command
from lightweight_openpose.networks.widths import map_layers

if TYPE_CHECKING:
    import torch_pruning

SIZE = (256, 456)  # [px] of the input for which multiplications are counted
RIDGE = 1e-3  # of the mean second moment: what keeps the least squares in bounds
BLOCK = 16  # channels that go at once: those that kernels of INT8 fill
MIN_KEPT_SHARE = 0.25  # share of a layer's channels that stays in one step
TRAFFIC = 64  # multiplications in the time in which INT8 layers read or write a value


class Statistics(NamedTuple):
    """What the inputs of each full convolution carry."""

    information: Dict[nn.Module, torch.Tensor]  # (inputs,)
    moments: Dict[nn.Module, torch.Tensor]  # (n, n) of input patches, n = inputs * kh * kw


class Block(NamedTuple):
    """Channels that go together."""

    module: nn.Module  # a convolution
    channels: List[int]  # indices of its outputs
    worth: float  # what they add to the loss when they go
    saved: float  # multiplications
    time: float  # that they take, in multiplications


def cells(network: nn.Module, size: Tuple[int, int] = SIZE) -> Dict[nn.Module, int]:
    """Output cells of each convolution for an input of a size (height, width) [px]."""
    found = {}

    def note(module: nn.Conv2d, _: Tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        found[module] = output.shape[2] * output.shape[3]

    with torch.no_grad(), _hooked(network, note):
        network(_example(network, *size))
    return found


def multiplications(network: nn.Module, size: Tuple[int, int] = SIZE) -> float:
    """Multiplications of the convolutions for an input of a size (height, width) [px] [10^9]."""
    return sum(m.weight.numel() * count for m, count in cells(network, size).items()) / 1e9


def statistics(network: nn.Module, batches: Iterable[torch.Tensor], weigh: Callable) -> Statistics:
    """Measure on batches of images (N, 3, S, S).

    weigh(maps (N, C, h, w)) -> weight of each value in the loss. Random signs times the square root
    of the loss's weights, propagated back, give its curvature in expectation (Gauss-Newton); a
    gradient of the loss itself is zero for a network that is its own teacher.
    """
    information: Dict[nn.Module, torch.Tensor] = {}
    moments: Dict[nn.Module, torch.Tensor] = {}
    rows: Dict[nn.Module, int] = {}
    samples = 0

    def watch(module: nn.Conv2d, inputs: Tuple[torch.Tensor, ...], _: torch.Tensor) -> None:
        if module.groups > 1:
            return
        (x,) = inputs
        with torch.no_grad():
            patches = _patches(x.detach(), module)
            moments[module] = moments.get(module, 0) + patches @ patches.T
            rows[module] = rows.get(module, 0) + patches.shape[1]
        if x.requires_grad:
            # The hook must not keep the tensor that it hangs on: that would keep every graph.
            values = x.detach()

            def add(gradient: torch.Tensor) -> None:
                change = (gradient * values).sum((2, 3)).double()
                information[module] = information.get(module, 0) + (change**2).sum(0)

            x.register_hook(add)

    with torch.enable_grad(), _hooked(network, watch):
        for images in batches:
            maps = torch.cat(network(images)[-1], 1)
            signs = torch.randn_like(maps).sign()
            (maps * signs * weigh(maps.detach()).sqrt()).sum().backward()
            samples += len(images)
    network.zero_grad(set_to_none=True)
    return Statistics(
        {m: v / samples for m, v in information.items()},
        {m: v / rows[m] for m, v in moments.items()},
    )


def remove(network: nn.Module, measured: Statistics, share: float) -> None:
    """Remove channels in blocks of BLOCK, in place.

    Those go first that lose the least for the time they take, which near the input is mostly that
    of reading and writing, until about a share [0, 1] of the multiplications is gone. What two
    layers in a row save is counted once for each: a little less than the share goes.
    """
    graph = _graph(network)
    counted = cells(network)
    wanted = share * sum(m.weight.numel() * count for m, count in counted.items())
    saved = 0.0
    dropped: dict = {}
    blocks = _blocks(graph, map_layers(network), measured, counted)
    for block in sorted(blocks, key=lambda b: b.worth / b.time):
        if saved >= wanted:
            break
        dropped.setdefault(block.module, []).extend(block.channels)
        saved += block.saved
    for module, channels in dropped.items():
        group = graph.get_pruning_group(module, _tp().prune_conv_out_channels, sorted(channels))
        for dependency, index in group:
            target = dependency.target.module
            if dependency.pruning_fn == _tp().prune_conv_in_channels and target in measured.moments:
                _compensate(target, index, measured)
        group.prune()


def _blocks(
    graph: torch_pruning.DependencyGraph,
    ends: List[nn.Module],
    measured: Statistics,
    counted: Dict[nn.Module, int],
) -> List[Block]:
    """Blocks of channels of each group of layers tied to one another, the least useful first."""
    found = []
    for group in graph.get_all_groups(ignored_layers=ends, root_module_types=[nn.Conv2d]):
        root = group[0].dep.target.module
        count = len(group[0].idxs)
        worth = torch.zeros(count, dtype=torch.double)
        price = 0.0  # multiplications of a channel
        values = 0  # that it is written and read as
        known = False
        for dependency, index in group:
            module = dependency.target.module
            if not isinstance(module, nn.Conv2d):
                continue
            out = dependency.pruning_fn != _tp().prune_conv_in_channels
            channels = module.out_channels if out else module.in_channels
            price += counted[module] * module.weight.numel() / channels
            values += counted[module] * (1 if out else module.stride[0] * module.stride[1])
            if not out and module in measured.information and len(index) == count:
                worth += _worth(module, measured)[list(index)]
                known = True
        if not known:
            continue
        order = worth.argsort()
        first = count % BLOCK or BLOCK  # so that what stays is a multiple
        edges = list(range(first, int(count * (1 - MIN_KEPT_SHARE)) + 1, BLOCK))
        for begin, end in zip([0] + edges, edges):
            channels = order[begin:end]
            saved = price * len(channels)
            time = saved + TRAFFIC * values * len(channels)
            found.append(Block(root, channels.tolist(), float(worth[channels].sum()), saved, time))
    return found


def _worth(module: nn.Conv2d, measured: Statistics) -> torch.Tensor:
    """Information of each input channel, times the share of it that no others give."""
    moments = measured.moments[module]
    area = len(moments) // module.in_channels
    by_channel = moments.view(module.in_channels, area, module.in_channels, area)
    channel = by_channel.diagonal(0, 1, 3).mean(-1).double()
    scale = channel.diagonal().clamp(min=1e-12)
    ridge = torch.eye(len(scale), dtype=torch.double) * RIDGE * scale.mean()
    alone = 1 / (scale * torch.linalg.inv(channel + ridge).diagonal())
    return measured.information[module] * alone.clamp(1e-3, 1)


def _compensate(module: nn.Conv2d, dropped: Sequence[int], measured: Statistics) -> None:
    """Weights for the remaining inputs whose outputs are nearest to those with all inputs."""
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


def _patches(x: torch.Tensor, module: nn.Conv2d) -> torch.Tensor:
    """(inputs * kh * kw, N * cells) of what a convolution sees."""
    if module.kernel_size == (1, 1) and module.stride == (1, 1):
        return x.permute(1, 0, 2, 3).flatten(1)
    patches = F.unfold(x, module.kernel_size, module.dilation, module.padding, module.stride)
    return patches.permute(1, 0, 2).flatten(1)


def _graph(network: nn.Module) -> torch_pruning.DependencyGraph:
    return (
        _tp().DependencyGraph().build_dependency(network, example_inputs=_example(network, 64, 64))
    )


def _example(network: nn.Module, height: int, width: int) -> torch.Tensor:
    size = [-(-n // network.multiple) * network.multiple for n in (height, width)]
    return torch.zeros(1, 3, *size, device=next(network.parameters()).device)


@contextlib.contextmanager
def _hooked(
    network: nn.Module, hook: Callable[[nn.Conv2d, Tuple[torch.Tensor, ...], torch.Tensor], None]
) -> Iterator[None]:
    """A forward hook hangs on every convolution meanwhile."""
    hooks = [m.register_forward_hook(hook) for m in network.modules() if isinstance(m, nn.Conv2d)]
    try:
        yield
    finally:
        for handle in hooks:
            handle.remove()


def _tp() -> ModuleType:
    try:
        import torch_pruning
    except ImportError:
        raise ImportError(
            "pruning needs the Python package torch-pruning: " + install_command("torch-pruning")
        ) from None
    return torch_pruning

"""Networks whose layers are narrower than their architecture says, as pruning leaves them."""

from __future__ import annotations

from typing import Dict, List, Tuple

import torch
from torch import nn


def fit_widths(network: nn.Module, state: Dict[str, torch.Tensor]) -> None:
    """Give each layer the width of its tensors in a state dict; values are still to be loaded.

    Layers are convolutions, batch norms and PReLUs. A layer whose tensor is missing, or differs in
    more than its numbers of channels, stays as it is, and so does one that makes maps of another
    skeleton.
    """
    fixed = map_layers(network)
    for name, module in network.named_modules():
        weight = state.get(f"{name}.weight")
        own = getattr(module, "weight", None)
        if (
            weight is None
            or own is None
            or weight.dim() != own.dim()
            or weight.shape[2:] != own.shape[2:]
        ):
            continue
        if module in fixed and len(weight) != len(own):
            continue
        if isinstance(module, nn.Conv2d):
            _resize(module, weight)
        elif isinstance(module, nn.PReLU):
            module.num_parameters = len(weight)
            module.weight = nn.Parameter(torch.zeros(len(weight)))
        elif isinstance(module, nn.BatchNorm2d):
            module.num_features = len(weight)
            for kind in ("running_mean", "running_var"):
                setattr(module, kind, torch.ones(len(weight)))
            for kind in ("weight", "bias"):
                setattr(module, kind, nn.Parameter(torch.ones(len(weight))))


def map_layers(network: nn.Module) -> List[nn.Module]:
    """The convolutions whose outputs, or the sums of them, are the maps.

    The skeleton says how many channels they have.
    """
    made_by = {}

    def note(module: nn.Module, _: Tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        made_by[output.grad_fn] = module

    convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d)]
    hooks = [module.register_forward_hook(note) for module in convolutions]
    with torch.enable_grad():
        stages = network(torch.zeros(1, 3, 64, 64, requires_grad=True))
    ahead = [maps.grad_fn for stage in stages for maps in stage]
    for hook in hooks:
        hook.remove()
    found = []
    while ahead:
        function = ahead.pop()
        if function in made_by:
            found.append(made_by[function])
        elif function is not None:
            ahead.extend(f for f, _ in function.next_functions)
    return list(dict.fromkeys(found))


def _resize(module: nn.Conv2d, weight: torch.Tensor) -> None:
    if module.groups > 1:
        module.groups = module.in_channels = len(weight)
    else:
        module.in_channels = weight.shape[1]
    module.out_channels = len(weight)
    module.weight = nn.Parameter(torch.zeros(weight.shape))
    if module.bias is not None:
        module.bias = nn.Parameter(torch.zeros(len(weight)))

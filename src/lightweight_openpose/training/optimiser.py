"""Adam with the learning-rate groups of Lightweight OpenPose's published training."""
from __future__ import annotations

import math
from collections import OrderedDict

import torch
from torch import nn

BIAS_RATE = 2.0


def make_optimiser(network: nn.Module, rate: float, weight_decay: float,
                   refinement_rate: float = 4.0) -> torch.optim.Optimizer:
    """Refinement stages learn refinement_rate times as fast as the rest, biases of convolutions BIAS_RATE times; weight
    decay is for the weights of full convolutions only.
    """
    groups: "OrderedDict" = OrderedDict()
    for name, module in network.named_modules():
        for kind, parameter in module.named_parameters(recurse=False):
            factor = refinement_rate if name.startswith("refinement_stages") else 1.0
            convolution = isinstance(module, nn.Conv2d)
            factor *= BIAS_RATE if convolution and kind == "bias" else 1.0
            decays = convolution and kind == "weight" and module.groups == 1
            groups.setdefault((factor, decays), []).append(parameter)
    return torch.optim.Adam([{"params": parameters, "lr": rate * factor, "factor": factor,
                              "weight_decay": weight_decay if decays else 0.0}
                             for (factor, decays), parameters in groups.items()], lr=rate)


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Rate of the backbone; the other groups keep their factors."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group["factor"]


def scheduled_rate(config, epoch: float, epochs: float, step: int) -> float:
    """Rate at an epoch [fraction of epochs passed included]: a warm-up of 300 steps for the cosine, then the schedule."""
    if config.schedule == "cosine":
        fall = 0.5 + 0.5 * math.cos(math.pi * min(epoch / epochs, 1.0))
        return config.rate * min(1.0, (step + 1) / 300) * (fall + 0.005)
    return config.rate * config.gamma ** sum(epoch >= m for m in config.milestones)

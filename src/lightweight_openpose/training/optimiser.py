"""Adam with the learning-rate groups of Lightweight OpenPose's published training."""

from __future__ import annotations

import math
from collections import OrderedDict

import torch
from torch import nn

from .config import TrainConfig

BIAS_RATE = 2.0  # of biases of convolutions, times the learning rate
WARM_UP = 300  # steps


def make_optimiser(
    network: nn.Module, learning_rate: float, weight_decay: float, refinement_rate: float = 4.0
) -> torch.optim.Optimizer:
    """Adam in which refinement stages learn refinement_rate times as fast as the rest.

    Biases of convolutions learn BIAS_RATE times as fast; weight decay is for the weights of full
    convolutions only.
    """
    groups: "OrderedDict" = OrderedDict()
    for name, module in network.named_modules():
        for kind, parameter in module.named_parameters(recurse=False):
            factor = refinement_rate if name.startswith("refinement_stages") else 1.0
            convolution = isinstance(module, nn.Conv2d)
            factor *= BIAS_RATE if convolution and kind == "bias" else 1.0
            decays = convolution and kind == "weight" and module.groups == 1
            groups.setdefault((factor, decays), []).append(parameter)
    described = [
        {
            "params": parameters,
            "lr": learning_rate * factor,
            "factor": factor,
            "weight_decay": weight_decay if decays else 0.0,
        }
        for (factor, decays), parameters in groups.items()
    ]
    return torch.optim.Adam(described, lr=learning_rate)


def set_learning_rate(optimiser: torch.optim.Optimizer, learning_rate: float) -> None:
    """Learning rate of the backbone; the other groups keep their factors."""
    for group in optimiser.param_groups:
        group["lr"] = learning_rate * group["factor"]


def scheduled_learning_rate(config: TrainConfig, epoch: float, epochs: float, step: int) -> float:
    """Learning rate at an epoch (fractions of one count) of so many.

    The cosine begins with a warm-up of WARM_UP steps.
    """
    if config.schedule == "cosine":
        fall = 0.5 + 0.5 * math.cos(math.pi * min(epoch / epochs, 1.0))
        return config.learning_rate * min(1.0, (step + 1) / WARM_UP) * (fall + 0.005)
    return config.learning_rate * config.gamma ** sum(epoch >= m for m in config.milestones)

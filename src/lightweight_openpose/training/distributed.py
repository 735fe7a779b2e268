"""Several processes on one or more machines, as torchrun starts them; one process without it."""

from __future__ import annotations

import os
from typing import Tuple

import torch
import torch.distributed as dist
from torch import nn


def start() -> Tuple[int, int, int]:
    """Join the group that torchrun describes: (rank, processes, rank on this machine).

    (0, 1, 0) without torchrun.
    """
    if not dist.is_initialized():
        if int(os.environ.get("WORLD_SIZE", "1")) == 1:
            return 0, 1, 0
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    return dist.get_rank(), dist.get_world_size(), int(os.environ.get("LOCAL_RANK", "0"))


class _Sum(torch.autograd.Function):
    """Sum over the processes, through which gradients flow."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: torch.Tensor) -> torch.Tensor:
        total = x.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, gradient: torch.Tensor) -> torch.Tensor:
        return _Sum.forward(ctx, gradient.contiguous())


class _SharedBatchNorm(nn.BatchNorm2d):
    """Batch norm over the batches of all processes; torch's own does this on CUDA only."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return super().forward(x)
        count = x.numel() / x.shape[1] * dist.get_world_size()
        mean = _Sum.apply(x.sum((0, 2, 3))) / count
        centred = x - mean.view(1, -1, 1, 1)
        variance = _Sum.apply((centred * centred).sum((0, 2, 3))) / count
        with torch.no_grad():
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
        factor = torch.rsqrt(variance + self.eps) * self.weight
        return centred * factor.view(1, -1, 1, 1) + self.bias.view(1, -1, 1, 1)


def spread(network: nn.Module, device: torch.device) -> nn.Module:
    """The network wrapped so that all processes train it together.

    As one process would with the whole batch.
    """
    if device.type == "cuda":
        network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        return nn.parallel.DistributedDataParallel(network, device_ids=[device.index])
    for module in network.modules():
        if type(module) is nn.BatchNorm2d:
            module.__class__ = _SharedBatchNorm
    return nn.parallel.DistributedDataParallel(network, broadcast_buffers=False)

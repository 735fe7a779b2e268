"""Half precision in training: float16 on CUDA, bfloat16 on CPUs that have it."""

from __future__ import annotations

import torch
from torch import nn

from .config import TrainConfig


class _ExactConv2d(nn.Conv2d):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float())


def leave_dilated_exact(network: nn.Module) -> None:
    """Keep dilated convolutions out of autocast.

    On CPUs their weights' gradients in bfloat16 are infinite at some sizes of image.
    """
    for module in network.modules():
        if type(module) is nn.Conv2d and max(module.dilation) > 1:
            module.__class__ = _ExactConv2d


def make_autocast(device: str, config: TrainConfig) -> torch.autocast:
    """Context in which a network trains; float32 on CPUs that do not multiply bfloat16.

    device: "cuda" or "cpu".
    """
    if device == "cuda":
        return torch.autocast("cuda", enabled=config.mixed_precision)
    able: dict = getattr(torch.cpu, "get_capabilities", dict)()
    fast = config.cpu_bfloat16 and any(able.get(name) for name in ("avx512_bf16", "amx_bf16"))
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast)


def make_scaler(enabled: bool) -> torch.amp.GradScaler:
    """Scaler of the loss for float16 on CUDA."""
    if hasattr(torch, "amp") and hasattr(torch.amp, "GradScaler"):
        return torch.amp.GradScaler("cuda", enabled=enabled)
    return torch.cuda.amp.GradScaler(enabled=enabled)

"""What a trainer learns: data, targets and losses."""
from __future__ import annotations

from typing import List

import torch


class Task:
    """What is learned."""

    dataset: torch.utils.data.Dataset  # of samples by (epoch, index)

    def prepare(self, batch, device):
        """Images (N, 3, S, S), targets (N, C, h, w) and mask (N, 1, h, w) on the device."""
        return tuple(t.to(device, non_blocking=True) for t in batch)

    def losses(self, outputs, targets, mask) -> List[torch.Tensor]:
        """One loss per stage; outputs: the network's (heatmaps, pafs) of each."""
        raise NotImplementedError

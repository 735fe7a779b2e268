"""How far maps are from their targets."""

from __future__ import annotations

from typing import List, Sequence, Tuple

import torch
import torch.nn.functional as F

FOREGROUND = 20.0  # additional weight of a cell where the target is 1
FLOOR = 0.05  # smaller targets count as background
# weight of heatmaps over PAFs, which hold four fifths of the energy while peaks place the joints
HEATMAPS = 8.0


def stage_losses(
    outputs: Sequence[Tuple[torch.Tensor, ...]], targets: torch.Tensor, mask: torch.Tensor
) -> List[torch.Tensor]:
    """Masked squared error of each stage's heatmaps and PAFs, as in the paper's code.

    Half the sum over a sample, on average over the batch.
    outputs: list of (heatmaps, pafs); targets: (N, C, h, w); mask: (N, 1, h, w) in [0, 1].
    """
    errors = [(torch.cat(stage, 1).float() - targets) * mask for stage in outputs]
    return [(error**2).sum() / 2 / len(targets) for error in errors]


def relative_losses(
    outputs: Sequence[Tuple[torch.Tensor, ...]],
    targets: torch.Tensor,
    mask: torch.Tensor,
    num_keypoints: int,
) -> List[torch.Tensor]:
    """Share of the targets' weighted energy that each stage leaves unexplained.

    It is 1 for maps of zeros. Heatmaps and the neighbourhood of joints and limbs weigh more, and
    the background channel, 1 nearly everywhere, is left out: it would swallow the rest of the
    error.
    """
    joints = [c for c in range(targets.shape[1]) if c != num_keypoints]
    wanted = targets[:, joints]
    weight = loss_weight(targets, num_keypoints)[:, joints] * mask
    energy = (wanted**2 * weight).sum() + 1e-3
    errors = [torch.cat(stage, 1).float()[:, joints] - wanted for stage in outputs]
    return [(error**2 * weight).sum() / energy for error in errors]


def loss_weight(targets: torch.Tensor, num_keypoints: int) -> torch.Tensor:
    """(N, C, h, w) weight of each value in relative_losses; 0 for the background channel."""
    near = F.max_pool2d(targets.abs(), 3, 1, 1)
    weight = 1 + FOREGROUND * near * (near > FLOOR)
    weight[:, :num_keypoints] *= HEATMAPS
    weight[:, num_keypoints] = 0
    return weight

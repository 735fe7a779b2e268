"""Peaks and limbs of maps on a device, with torch: only candidates come to the host.

The same answers as those of peaks.find_peaks and limbs.score_limbs. These leave out early what can
be no joint and no limb; a GPU is done sooner with all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Sequence, Tuple

import numpy as np

from .limb_points import POINTS_PER_LIMB
from .limbs import MIN_LIMB_LENGTH, Candidates, pairs_of
from .peaks import COARSE_SHARE, MARGIN, SUPPRESSION_RADIUS, UPSAMPLE, suppress, vertex

if TYPE_CHECKING:
    import torch

    from .decoding import DecoderConfig


def find_peaks(
    heatmaps: torch.Tensor, threshold: float
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As peaks.find_peaks, of a tensor (K, h, w) float32."""
    import torch
    from torch.nn.functional import interpolate, pad

    maps = pad(heatmaps[None], [MARGIN] * 4, mode="replicate")
    maps[:, :, :MARGIN] -= 1e-3  # so that a peak on an edge stays one
    maps[:, :, -MARGIN:] -= 1e-3
    cell, *around = _with_neighbours(maps[0], MARGIN)
    holds = cell > COARSE_SHARE * threshold
    for neighbour in around:
        holds &= cell >= COARSE_SHARE * neighbour
    fine = interpolate(maps, scale_factor=UPSAMPLE, mode="bicubic", align_corners=False)[0]
    planes = _with_neighbours(fine, UPSAMPLE * MARGIN)
    top = holds.repeat_interleave(UPSAMPLE, 1).repeat_interleave(UPSAMPLE, 2)
    top &= planes[0] > threshold
    for neighbour in planes[1:]:
        top &= planes[0] >= neighbour
    at = torch.nonzero(top, as_tuple=True)
    columns = torch.stack([index.float() for index in at] + [plane[at] for plane in planes])
    channel, row, column, score, left, right, above, below = columns.cpu().numpy().astype(float)
    places = np.stack([column + vertex(left, score, right), row + vertex(above, score, below)], 1)
    xy = (places + 0.5) / UPSAMPLE - 0.5
    joint = channel.astype(np.intp)
    keep = suppress(joint, xy, score, SUPPRESSION_RADIUS)
    return joint[keep], xy[keep], np.clip(score[keep], 0, 1)


def _with_neighbours(maps: torch.Tensor, margin: int) -> List[torch.Tensor]:
    """The planes (K, h, w) inside a margin; those left, right, above and below of each value."""
    h, w = maps.shape[1] - 2 * margin, maps.shape[2] - 2 * margin
    shifts = ((0, 0), (0, -1), (0, 1), (-1, 0), (1, 0))
    return [maps[:, margin + y : margin + y + h, margin + x : margin + x + w] for y, x in shifts]


def score_limbs(
    pafs: torch.Tensor,
    limbs: Sequence[Tuple[int, int]],
    channel: np.ndarray,
    xy: np.ndarray,
    config: DecoderConfig,
) -> Candidates:
    """As limbs.score_limbs, of a tensor (2L, h, w) float32."""
    import torch

    pairs = torch.from_numpy(np.stack(pairs_of(limbs, channel))).to(pafs.device)
    limb, first, second = pairs
    places = torch.from_numpy(xy.astype(np.float32)).to(pafs.device)
    start, vector = places[first], places[second] - places[first]
    length = vector.norm(dim=1)
    along = (_paf_at_points(pafs, limb, start, vector) * vector[:, None]).sum(2) / length[:, None]

    counted = along > config.limb_threshold
    points = counted.sum(1)
    score = (along * counted).sum(1) / points.clamp(min=1)
    score += (0.5 * pafs.shape[1] / length - 1).clamp(max=0)
    good = (
        (points >= config.limb_support * POINTS_PER_LIMB) & (score > 0) & (length > MIN_LIMB_LENGTH)
    )
    rows = torch.nonzero(good)[:, 0]
    found = torch.cat([pairs[:, rows].double(), score[None, rows].double()]).cpu().numpy()
    limb, first, second = found[:3].astype(np.intp)
    return Candidates(limb, first, second, np.minimum(found[3], 1))


def _paf_at_points(
    pafs: torch.Tensor, limb: torch.Tensor, start: torch.Tensor, vector: torch.Tensor
) -> torch.Tensor:
    """(M, P, 2) PAF at the points of each limb, interpolated, edges repeated."""
    import torch
    from torch.nn.functional import grid_sample

    planes, h, w = pafs.shape
    shares = torch.linspace(0, 1, POINTS_PER_LIMB, device=pafs.device)[:, None]
    points = start[:, None] + vector[:, None] * shares
    # The limbs are the depth of a volume, of which whole numbers are looked up.
    depth = limb[:, None, None].to(points).expand(-1, POINTS_PER_LIMB, 1)
    last = points.new_tensor([w - 1, h - 1, planes // 2 - 1]).clamp(min=1)
    grid = torch.cat([points, depth], 2) * (2 / last) - 1
    volume = pafs.reshape(1, planes // 2, 2, h, w).transpose(1, 2)
    sampled = grid_sample(volume, grid[None, :, :, None], align_corners=True, padding_mode="border")
    return sampled[0, :, :, :, 0].permute(1, 2, 0)

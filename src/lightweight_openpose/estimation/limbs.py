"""Candidate limbs and their scores by the PAFs between two peaks.

Limb scoring follows "Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields" (Cao et
al., arXiv 1611.08050). Many candidates are scored at once: M limbs times P points along each.
"""

from __future__ import annotations

from typing import NamedTuple, Tuple

import numpy as np

POINTS_PER_LIMB = 10
_SHORTEST = 1e-6  # map cells; peaks this near to each other are one place


class Candidates(NamedTuple):
    """M limbs that may be somebody's."""

    limb: np.ndarray  # (M,) number of the limb in the skeleton
    first: np.ndarray  # (M,) peak at its first end
    second: np.ndarray  # (M,) peak at its second end
    score: np.ndarray  # (M,) in (0, 1]

    def without(self, rows) -> Candidates:
        """The candidates but for those in `rows`."""
        return Candidates(*(np.delete(values, rows) for values in self))


def score_limbs(pafs, limbs, channel, xy, config) -> Candidates:
    """Candidate limbs between peaks.

    pafs: (2L, h, w); limbs: L pairs of joints; channel: (P,) joint of each peak, sorted; xy: (P, 2)
    of the peaks in map cells; config: a DecoderConfig. The PAF is sampled (bilinear) at
    POINTS_PER_LIMB points between the joints and projected on the direction.
    """
    t = np.linspace(0, 1, POINTS_PER_LIMB)
    limb, first, second = _pairs(limbs, channel)
    limb, first, second = _possible(pafs, limb, first, second, xy, t, config)
    vector = xy[second] - xy[first]
    length = np.sqrt((vector**2).sum(1))
    usable = length > _SHORTEST
    limb = limb[usable]
    first = first[usable]
    second = second[usable]
    vector = vector[usable]
    length = length[usable]
    along = _along(pafs, limb, xy[first], vector, vector / length[:, None], t)

    counted = along > config.limb_threshold
    support = counted.mean(1)
    score = np.where(counted, along, 0).sum(1) / np.maximum(counted.sum(1), 1)
    # A limb longer than half the image is unlikely: the same penalty as the reference code.
    score += np.minimum(0.5 * pafs.shape[1] / length - 1, 0)
    good = (support >= config.limb_support) & (score > 0)
    return Candidates(limb[good], first[good], second[good], np.minimum(score[good], 1))


def _along(pafs, limb, start, vector, unit, t) -> np.ndarray:
    """(M, P) PAF of each limb in its direction, at the shares t (P,) of the way from its start."""
    x = start[:, :1] + vector[:, :1] * t
    y = start[:, 1:] + vector[:, 1:] * t
    paf_x = _bilinear(pafs, 2 * limb, x, y)
    paf_y = _bilinear(pafs, 2 * limb + 1, x, y)
    return paf_x * unit[:, :1] + paf_y * unit[:, 1:]


def _pairs(limbs, channel) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every pair of peaks that a limb could join: limb, first and second peak, each (M,).

    channel must be sorted.
    """
    first_joint, second_joint = np.asarray(limbs, int).reshape(-1, 2).T
    joints = np.arange(max(first_joint.max(initial=0), second_joint.max(initial=0)) + 1)
    # Peaks of joint j are numbered starts[j] to starts[j] + counts[j] - 1.
    starts = np.searchsorted(channel, joints, "left")
    counts = np.searchsorted(channel, joints, "right") - starts
    # Limb l has counts[a] * counts[b] pairs, numbered row by row: a is the row, b the column.
    pairs = counts[first_joint] * counts[second_joint]
    limb = np.repeat(np.arange(len(pairs)), pairs)
    number = np.arange(len(limb)) - np.repeat(np.cumsum(pairs) - pairs, pairs)
    row, column = np.divmod(number, counts[second_joint[limb]])
    return limb, starts[first_joint[limb]] + row, starts[second_joint[limb]] + column


def _possible(
    pafs, limb, first, second, xy, t, config
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pairs without those that cannot have enough points above the threshold.

    These are most of those between two people. No interpolated value exceeds the longest of the
    four PAF vectors around it, which takes one look-up per point.
    """
    strong = _strong(pafs, config.limb_threshold)
    h, w = pafs.shape[1:]
    x, y = np.clip(xy, 0, (w - 1, h - 1)).astype(np.float32).T

    def is_strong(rows, shares):
        """(M', P') whether the PAF around each point can exceed the threshold."""
        column = _between(x[first[rows]], x[second[rows]], shares)
        row = _between(y[first[rows]], y[second[rows]], shares)
        plane = limb[rows] * ((h + 1) * (w + 1))
        return strong.reshape(-1)[plane[:, None] + row * (w + 1) + column]

    # Most candidates fail at so many points that the others cannot make up for it.
    t = t.astype(np.float32)
    left = np.flatnonzero(is_strong(slice(None), t[_decisive(config.limb_support)]).any(1))
    left = left[is_strong(left, t).mean(1) >= config.limb_support]
    return limb[left], first[left], second[left]


def _strong(pafs, threshold) -> np.ndarray:
    """(L, h + 1, w + 1) whether any of the four cells around a point exceeds the threshold."""
    h, w = pafs.shape[1:]
    strong = np.zeros((len(pafs) // 2, h + 1, w + 1), bool)
    strong[:, :h, :w] = pafs[0::2] ** 2 + pafs[1::2] ** 2 > threshold**2
    strong[:, :, :-1] |= strong[:, :, 1:]
    strong[:, :-1] |= strong[:, 1:]
    return strong


def _between(start, end, shares) -> np.ndarray:
    """(M, P) cells at the shares (P,) of the way from start (M,) to end (M,)."""
    return (start[:, None] + (end - start)[:, None] * shares).astype(np.int32)


def _decisive(support) -> np.ndarray:
    """Indices of points of which one must count, or too few of all can; spread over the limb."""
    may_fail = int(POINTS_PER_LIMB * (1 - support) + 1e-9)
    spread = np.linspace(0, POINTS_PER_LIMB - 1, may_fail + 3)
    return spread[1:-1].round().astype(int)


def _bilinear(maps, channel, x, y) -> np.ndarray:
    """(M, P) values of maps (C, h, w) at x, y (M, P) in channel (M,), edges repeated."""
    h, w = maps.shape[1:]
    x = np.clip(x, 0, w - 1)
    y = np.clip(y, 0, h - 1)
    x0 = np.minimum(x.astype(int), max(w - 2, 0))
    y0 = np.minimum(y.astype(int), max(h - 2, 0))
    fx = x - x0
    fy = y - y0
    flat = maps.reshape(-1)
    base = channel[:, None] * (h * w) + y0 * w + x0
    right = 1 if w > 1 else 0
    down = w if h > 1 else 0
    top = flat[base] * (1 - fx) + flat[base + right] * fx
    bottom = flat[base + down] * (1 - fx) + flat[base + down + right] * fx
    return top * (1 - fy) + bottom * fy

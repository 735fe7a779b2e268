"""Candidate limbs and their scores by the PAFs between two peaks."""
from __future__ import annotations

import numpy as np

POINTS_PER_LIMB = 10


def score_limbs(pafs, limbs, channel, xy, config):
    """Candidate limbs: (limb, peak a, peak b, score), arrays of equal length.

    The PAF is sampled (bilinear) at POINTS_PER_LIMB points between the joints and projected on the direction.
    """
    t = np.linspace(0, 1, POINTS_PER_LIMB)
    limb, first, second = _possible(pafs, *_pairs(limbs, channel), xy, t, config)
    vector = xy[second] - xy[first]
    length = np.sqrt((vector ** 2).sum(1))
    usable = length > 1e-6
    limb, first, second, vector, length = (v[usable] for v in (limb, first, second, vector, length))
    unit = vector / length[:, None]
    x = xy[first, 0][:, None] + vector[:, :1] * t
    y = xy[first, 1][:, None] + vector[:, 1:] * t
    along = (_bilinear(pafs, 2 * limb, x, y) * unit[:, :1] + _bilinear(pafs, 2 * limb + 1, x, y) * unit[:, 1:])
    counted = along > config.limb_threshold
    support = counted.mean(1)
    score = np.where(counted, along, 0).sum(1) / np.maximum(counted.sum(1), 1)
    # A limb longer than half the image is unlikely: the same penalty as the reference code.
    score += np.minimum(0.5 * pafs.shape[1] / length - 1, 0)
    good = (support >= config.limb_support) & (score > 0)
    return limb[good], first[good], second[good], np.minimum(score[good], 1)


def _pairs(limbs, channel):
    """Every pair of peaks that a limb could join: (limb, peak a, peak b); channel must be sorted."""
    a, b = np.asarray(limbs, int).reshape(-1, 2).T
    starts, ends = (np.searchsorted(channel, np.arange(max(a.max(initial=0), b.max(initial=0)) + 1), side)
                    for side in ("left", "right"))
    counts = ends - starts
    pairs = counts[a] * counts[b]
    limb = np.repeat(np.arange(len(a)), pairs)
    number = np.arange(len(limb)) - np.repeat(np.cumsum(pairs) - pairs, pairs)  # of the pair within its limb
    return limb, starts[a[limb]] + number // counts[b[limb]], starts[b[limb]] + number % counts[b[limb]]


def _possible(pafs, limb, first, second, xy, t, config):
    """The pairs without those that cannot have enough points above the threshold: most of those between two people.

    No interpolated value exceeds the longest of the four PAF vectors around it, which takes one look-up per point.
    """
    h, w = pafs.shape[1:]
    strong = np.zeros((len(pafs) // 2, h + 1, w + 1), bool)
    strong[:, :h, :w] = pafs[0::2] ** 2 + pafs[1::2] ** 2 > config.limb_threshold ** 2
    strong[:, :, :-1] |= strong[:, :, 1:]
    strong[:, :-1] |= strong[:, 1:]
    x, y = np.clip(xy, 0, (w - 1, h - 1)).astype(np.float32).T

    def counted(of, points):
        at = [(c[first[of], None] + (c[second[of]] - c[first[of]])[:, None] * points).astype(np.int32) for c in (y, x)]
        return strong.reshape(-1)[(limb[of] * ((h + 1) * (w + 1)))[:, None] + at[0] * (w + 1) + at[1]]

    # Most candidates fail at so many points that the others cannot make up for it.
    t = t.astype(np.float32)
    enough = int(POINTS_PER_LIMB * (1 - config.limb_support) + 1e-9) + 1
    few = t[np.linspace(0, POINTS_PER_LIMB - 1, enough + 2)[1:-1].round().astype(int)]
    left = np.flatnonzero(counted(slice(None), few).any(1))
    left = left[counted(left, t).mean(1) >= config.limb_support]
    return limb[left], first[left], second[left]


def _bilinear(maps, channel, x, y):
    """Values of maps (C, h, w) at x, y (M, P) in channel (M,), edges repeated."""
    h, w = maps.shape[1:]
    x, y = np.clip(x, 0, w - 1), np.clip(y, 0, h - 1)
    x0, y0 = np.minimum(x.astype(int), max(w - 2, 0)), np.minimum(y.astype(int), max(h - 2, 0))
    fx, fy = x - x0, y - y0
    flat = maps.reshape(-1)
    base = channel[:, None] * (h * w) + y0 * w + x0
    right, down = (1 if w > 1 else 0), (w if h > 1 else 0)
    top = flat[base] * (1 - fx) + flat[base + right] * fx
    bottom = flat[base + down] * (1 - fx) + flat[base + down + right] * fx
    return top * (1 - fy) + bottom * fy

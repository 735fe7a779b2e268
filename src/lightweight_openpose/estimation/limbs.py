"""Candidate limbs and their scores by the PAFs between two peaks.

Limb scoring follows "Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields" (Cao et
al., arXiv 1611.08050). Many candidates are scored at once: M limbs times P points along each.
"""

from __future__ import annotations

from typing import NamedTuple, Tuple

import numpy as np

POINTS_PER_LIMB = 10
_SHARES = np.linspace(0, 1, POINTS_PER_LIMB, dtype=np.float32)  # of the way along a limb
SHORTEST = 1e-6  # map cells; peaks this near to each other are one place


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
    x, y = xy.astype(np.float32).T
    pairs = _possible(pafs, *pairs_of(limbs, channel), x, y, config)
    return score_pairs(pafs, *pairs, xy, config.limb_threshold, config.limb_support)


def score_pairs(pafs, limb, first, second, xy, threshold, support) -> Candidates:
    """The pairs of peaks, first and second (M,) of a limb (M,), that the PAFs say are limbs.

    As score_limbs, with limb_threshold and limb_support.
    """
    x, y = xy.astype(np.float32).T
    dx = x[second] - x[first]
    dy = y[second] - y[first]
    length = np.sqrt(dx**2 + dy**2)
    usable = np.flatnonzero(length > SHORTEST)
    limb, first, second = limb[usable], first[usable], second[usable]
    dx, dy, length = dx[usable], dy[usable], length[usable]
    paf_x, paf_y = _along(pafs, limb, x[first], y[first], dx, dy)
    along = paf_x * (dx / length) + paf_y * (dy / length)

    counted = along > threshold
    points = counted.sum(0)
    score = (along * counted).sum(0) / np.maximum(points, 1)
    # A limb longer than half the image is unlikely: the same penalty as the reference code.
    score += np.minimum(0.5 * pafs.shape[1] / length - 1, 0)
    good = np.flatnonzero((points >= support * POINTS_PER_LIMB) & (score > 0))
    return Candidates(limb[good], first[good], second[good], np.minimum(score[good], 1))


def pairs_of(limbs, channel) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every pair of peaks that a limb could join: limb, first and second peak, each (M,).

    channel must be sorted.
    """
    first_joint, second_joint = np.asarray(limbs, int).reshape(-1, 2).T
    joints = np.arange(max(first_joint.max(initial=0), second_joint.max(initial=0)) + 1)
    # Peaks of joint j are numbered starts[j] to starts[j] + counts[j] - 1.
    starts = np.searchsorted(channel, joints, "left")
    counts = np.searchsorted(channel, joints, "right") - starts
    # Each first peak of a limb, as often as the limb has second peaks.
    limb = np.repeat(np.arange(len(first_joint)), counts[first_joint])
    number = np.arange(len(limb)) - np.searchsorted(limb, limb)
    first = starts[first_joint[limb]] + number
    times = counts[second_joint[limb]]
    before = starts[second_joint[limb]] - (np.cumsum(times) - times)
    second = np.arange(times.sum()) + np.repeat(before, times)
    return np.repeat(limb, times), np.repeat(first, times), second


def _possible(pafs, limb, first, second, x, y, config) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pairs without those that cannot have enough points above the threshold.

    These are most of those between two people. No interpolated value exceeds the longest of the
    four PAF vectors around it, which takes one look-up per point.
    """
    strong = _strong(pafs, config.limb_threshold).reshape(-1)
    h, w = pafs.shape[1:]
    x = np.clip(x, 0, w - 1)
    y = np.clip(y, 0, h - 1)
    plane = limb * ((h + 1) * (w + 1))

    def is_strong(rows, shares):
        """(P', M') whether the PAF around each point can exceed the threshold."""
        place = _between(y, first[rows], second[rows], shares)
        place *= w + 1
        place += _between(x, first[rows], second[rows], shares)
        index = place.astype(np.intp)
        index += plane[rows]
        return strong.take(index)

    def left_by(rows, shares):
        """Those of the rows that do not fail at too many of these points."""
        failed = np.count_nonzero(~is_strong(rows, shares), axis=0)
        return np.flatnonzero(failed <= _may_fail(config.limb_support))

    some = left_by(slice(None), _SHARES[_decisive(config.limb_support)])
    left = some[left_by(some, _SHARES)]
    return limb[left], first[left], second[left]


def _strong(pafs, threshold) -> np.ndarray:
    """(L, h + 1, w + 1) whether any of the four cells around a point exceeds the threshold."""
    h, w = pafs.shape[1:]
    strong = np.zeros((len(pafs) // 2, h + 1, w + 1), bool)
    strong[:, :h, :w] = pafs[0::2] ** 2 + pafs[1::2] ** 2 > threshold**2
    strong[:, :, :-1] |= strong[:, :, 1:]
    strong[:, :-1] |= strong[:, 1:]
    return strong


def _between(values, first, second, shares) -> np.ndarray:
    """(P, M) cells at the shares (P,) of the way from values[first] to values[second], (M,) each.

    Whole numbers as float32. The points come first: a few long loops instead of many short ones.
    """
    start = values.take(first)
    cells = (values.take(second) - start) * shares[:, None]
    cells += start
    return np.floor(cells, out=cells)


def _may_fail(support) -> int:
    """Number of points of a limb that need not count."""
    return int(POINTS_PER_LIMB * (1 - support) + 1e-9)


def _decisive(support) -> np.ndarray:
    """Indices of some points, spread over the limb, of which most limbs that fail fail at enough.

    Three more than may fail.
    """
    count = _may_fail(support) + 3
    if count > POINTS_PER_LIMB - 2:
        return np.arange(POINTS_PER_LIMB)
    return np.linspace(0, POINTS_PER_LIMB - 1, count + 2)[1:-1].round().astype(int)


def _along(pafs, limb, x, y, dx, dy) -> Tuple[np.ndarray, np.ndarray]:
    """x and y of the PAF (P, M) at the points of each limb, interpolated, edges repeated.

    limb, x, y, dx, dy: (M,) of which limb, where it starts and how far it goes [cells].
    """
    h, w = pafs.shape[1:]
    shares = _SHARES[:, None]
    x = np.clip(x + dx * shares, 0, w - 1)
    y = np.clip(y + dy * shares, 0, h - 1)
    column = np.minimum(np.floor(x), max(w - 2, 0))
    row = np.minimum(np.floor(y), max(h - 2, 0))
    x -= column
    y -= row
    place = (row * w + column).astype(np.intp)
    place += (2 * h * w) * limb
    right = 1 if w > 1 else 0
    down = w if h > 1 else 0
    far = x * y
    weights = (1 - x - y + far, x - far, y - far, far)
    steps = (0, right, down, down + right)
    corners = [(place + step, weight) for step, weight in zip(steps, weights)]
    flat = pafs.reshape(-1)
    paf_x = sum(flat.take(index) * weight for index, weight in corners)
    paf_y = sum(flat.take(index + h * w) * weight for index, weight in corners)
    return paf_x, paf_y

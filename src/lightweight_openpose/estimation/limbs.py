"""Candidate limbs and their scores by the PAFs between two peaks.

Limb scoring follows "Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields" (Cao et
al., arXiv 1611.08050). Many candidates are scored at once: M limbs times P points along each.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, List, NamedTuple, Sequence, Tuple

import numpy as np

from .limb_points import POINTS_PER_LIMB, SHARES, number_true, paf_along
from .segments import segments

if TYPE_CHECKING:
    from .decoding import DecoderConfig

FEW = 1000  # pairs of peaks, of which the score is found faster than that one cannot be a limb
MIN_LIMB_LENGTH = 1e-6  # map cells; peaks this near to each other are one place


class Candidates(NamedTuple):
    """M limbs that may be somebody's."""

    limb: np.ndarray  # (M,) number of the limb in the skeleton
    first: np.ndarray  # (M,) peak at its first end
    second: np.ndarray  # (M,) peak at its second end
    score: np.ndarray  # (M,) in (0, 1]

    def without(self, rows: List[int]) -> Candidates:
        """The candidates but for those in `rows`."""
        return Candidates(*(np.delete(values, rows) for values in self))


def score_limbs(
    pafs: np.ndarray,
    limbs: Sequence[Tuple[int, int]],
    channel: np.ndarray,
    xy: np.ndarray,
    config: DecoderConfig,
) -> Candidates:
    """Candidate limbs between peaks.

    pafs: (2L, h, w); limbs: L pairs of joints; channel: (P,) joint of each peak, sorted; xy: (P, 2)
    of the peaks in map cells; config: a DecoderConfig. The PAF is sampled (bilinear) at
    POINTS_PER_LIMB points between the joints and projected on the direction.
    """
    pairs = pairs_of(limbs, channel)
    if len(pairs[0]) > FEW:
        at = xy.astype(np.float32)
        pairs = _possible(pafs, *pairs, at[:, 0], at[:, 1], config)
    return score_pairs(pafs, *pairs, xy, config.limb_threshold, config.limb_support)


def score_pairs(
    pafs: np.ndarray,
    limb: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    xy: np.ndarray,
    threshold: float,
    support: float,
) -> Candidates:
    """The pairs of peaks, first and second (M,) of a limb (M,), that the PAFs say are limbs.

    As score_limbs, with limb_threshold and limb_support.
    """
    x, y = xy.astype(np.float32).T
    start_x = x.take(first)
    start_y = y.take(first)
    dx = x.take(second) - start_x
    dy = y.take(second) - start_y
    length = np.sqrt(dx * dx + dy * dy)
    apart = length > MIN_LIMB_LENGTH
    if not apart.all():
        rows = np.flatnonzero(apart)
        limb, first, second = limb[rows], first[rows], second[rows]
        return score_pairs(pafs, limb, first, second, xy, threshold, support)
    paf_x, paf_y = paf_along(pafs, limb, start_x, start_y, dx, dy)
    paf_x *= dx / length
    paf_y *= dy / length
    along = paf_x
    along += paf_y

    counted = along > threshold
    points = number_true(counted).astype(np.intp)
    along *= counted
    score = along.sum(0) / np.maximum(points, 1)
    # A limb longer than half the image is unlikely: the same penalty as the reference code.
    score += np.minimum(0.5 * pafs.shape[1] / length - 1, 0)
    good = np.flatnonzero((points >= support * POINTS_PER_LIMB) & (score > 0))
    return Candidates(
        limb.take(good), first.take(good), second.take(good), np.minimum(score.take(good), 1)
    )


def pairs_of(
    limbs: Sequence[Tuple[int, int]], channel: np.ndarray
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every pair of peaks that a limb could join: limb, first and second peak, each (M,).

    channel must be sorted.
    """
    first_joint, second_joint = np.asarray(limbs, int).reshape(-1, 2).T
    joints = max(first_joint.max(initial=0), second_joint.max(initial=0)) + 1
    # Peaks of joint j are numbered starts[j] to starts[j] + counts[j] - 1.
    edges = np.searchsorted(channel, np.arange(joints + 1))
    starts = edges[:-1]
    counts = edges[1:] - starts
    # Each first peak of a limb, as often as the limb has second peaks.
    limb, first = segments(starts[first_joint], counts[first_joint])
    joint = second_joint[limb]
    row, second = segments(starts[joint], counts[joint])
    return limb.take(row), first.take(row), second


def _possible(
    pafs: np.ndarray,
    limb: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    config: DecoderConfig,
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pairs without those that cannot have enough points above the threshold.

    These are most of those between two people. No interpolated value exceeds the longest of the
    four PAF vectors around it, which takes one look-up per point.
    """
    strong = _strong(pafs, config.limb_threshold).reshape(-1)
    h, w = pafs.shape[1:]
    x = np.minimum(np.maximum(x, 0), w - 1)
    y = np.minimum(np.maximum(y, 0), h - 1)
    start_x = x.take(first)
    start_y = y.take(first)
    dx = x.take(second) - start_x
    dy = y.take(second) - start_y
    ways = _Ways(start_x, start_y, dx, dy, limb * ((h + 1) * (w + 1)))
    may_fail = _may_fail(config.limb_support)
    decisive, others = _decisive(config.limb_support)
    failed = _failed(strong, w, ways, decisive)
    some = np.flatnonzero(failed <= may_fail)
    ways = _Ways(*(values.take(some) for values in ways))
    failed = failed.take(some) + _failed(strong, w, ways, others)
    left = some[failed <= may_fail]
    return limb.take(left), first.take(left), second.take(left)


class _Ways(NamedTuple):
    """M ways from peak to peak, to look along: x, y and how far it is [cells], float32."""

    x: np.ndarray
    y: np.ndarray
    dx: np.ndarray
    dy: np.ndarray
    plane: np.ndarray  # where the limb's map of _strong begins


def _failed(strong: np.ndarray, width: int, ways: _Ways, shares: np.ndarray) -> np.ndarray:
    """(M,) at how many of the points at these shares (P,) of the way no PAF can count.

    The points come first: a few long loops instead of many short ones.
    """
    shares = shares[:, None]
    place = ways.dy * shares
    place += ways.y
    np.floor(place, out=place)
    place *= width + 1
    column = ways.dx * shares
    column += ways.x
    place += np.floor(column, out=column)
    index = place.astype(np.intp)
    index += ways.plane
    return len(shares) - number_true(strong.take(index))


def _strong(pafs: np.ndarray, threshold: float) -> np.ndarray:
    """(L, h + 1, w + 1) whether any of the four cells around a point exceeds the threshold."""
    h, w = pafs.shape[1:]
    strong = np.zeros((len(pafs) // 2, h + 1, w + 1), bool)
    strong[:, :h, :w] = pafs[0::2] ** 2 + pafs[1::2] ** 2 > threshold**2
    strong[:, :, :-1] |= strong[:, :, 1:]
    strong[:, :-1] |= strong[:, 1:]
    return strong


def _may_fail(support: float) -> int:
    """Number of points of a limb that need not count."""
    return int(POINTS_PER_LIMB * (1 - support) + 1e-9)


@lru_cache(maxsize=8)
def _decisive(support: float) -> Tuple[np.ndarray, np.ndarray]:
    """Shares of some points, spread over the limb, of which most limbs that fail fail at enough.

    Three more than may fail; and the shares of the others.
    """
    count = _may_fail(support) + 3
    chosen = np.ones(POINTS_PER_LIMB, bool)
    if count <= POINTS_PER_LIMB - 2:
        chosen[:] = False
        chosen[np.linspace(0, POINTS_PER_LIMB - 1, count + 2)[1:-1].round().astype(int)] = True
    return SHARES[chosen], SHARES[~chosen]

"""Keypoint completion by hysteresis: faint peaks become joints of people found by clear ones.

A faint peak alone is noise as often as a joint; at the end of a limb of somebody who is there it
mostly is one. The same as the two thresholds of an edge detector (Canny, 1986).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Sequence, Tuple

import numpy as np

from .assembly import KNOWN, LONGEST, spans
from .limbs import Candidates, score_pairs
from .segments import segments

if TYPE_CHECKING:
    from lightweight_openpose.poses import Skeleton

# Thresholds of a limb that leads to a faint keypoint; lower than those of limbs that make people.
LIMB_THRESHOLD = 0.03
LIMB_SUPPORT = 0.6
WHOLE = 5  # joints of somebody who is no part of somebody else


def complete(
    peaks: np.ndarray,
    skeleton: Skeleton,
    pafs: np.ndarray,
    channel: np.ndarray,
    xy: np.ndarray,
    minimum: int,
) -> Tuple[np.ndarray, np.ndarray]:
    """People with the joints they lack among the peaks that are nobody's: (N', K), rows of peaks.

    peaks: (N, K) peak of each joint of each person, -1 where there is none; channel: (P,) joint of
    each peak, sorted; xy: (P, 2) of the peaks in map cells. Who has few joints may be a part of
    somebody else: who has WHOLE and more comes first, and who is left with fewer than `minimum` is
    nobody. The second array (N',) says which rows of `peaks` stay.
    """
    peaks = peaks.copy()
    row = _in_a_row(channel, xy)
    few = np.count_nonzero(peaks >= 0, axis=1) < WHOLE
    whole = _grown(peaks[~few], skeleton, pafs, channel, xy, row)
    if not few.any():
        return whole, np.arange(len(whole))
    parts = peaks[few]
    taken = np.zeros(len(channel), bool)
    taken[whole[whole >= 0]] = True  # what -1 takes from the end does no harm
    parts[taken.take(parts)] = -1
    peaks[~few], peaks[few] = whole, parts
    stay = np.flatnonzero(~few | (np.count_nonzero(peaks >= 0, axis=1) >= minimum))
    peaks = peaks[stay]
    if few[stay].any():
        peaks = _grown(peaks, skeleton, pafs, channel, xy, row)
    return peaks, stay


class _Row(NamedTuple):
    """Peaks in a row: by joint, those of each from left to right."""

    peak: np.ndarray  # (P,)
    place: np.ndarray  # (P,) in the row, rising
    apart: float  # from the positions of one joint to those of the next


def _in_a_row(channel: np.ndarray, xy: np.ndarray) -> _Row:
    x = xy[:, 0]
    apart = 4 * (np.ptp(x) + 1) if len(x) else 1.0
    place = channel * apart + x
    order = np.argsort(place)
    return _Row(order, place[order], apart)


def _grown(
    peaks: np.ndarray,
    skeleton: Skeleton,
    pafs: np.ndarray,
    channel: np.ndarray,
    xy: np.ndarray,
    row: _Row,
) -> np.ndarray:
    """The people with joints that are nobody's, those at the strongest limbs first."""
    peaks = peaks.copy()
    owner = np.full(len(channel), -1)
    new = peaks >= 0  # joints whose limbs have not been looked along
    owner[peaks[new]] = np.nonzero(new)[0]
    limit = _longest(peaks, skeleton, xy)
    ways = _ways(skeleton.limbs)
    while True:
        lacking = new.take(ways.start, 1) & (peaks < 0).take(ways.end, 1)
        if not lacking.any():
            break
        limb, first, second = _leads(peaks, lacking, ways, owner, skeleton, xy, row, limit)
        if not len(limb):
            break
        found = score_pairs(pafs, limb, first, second, xy, LIMB_THRESHOLD, LIMB_SUPPORT)
        before = peaks.copy()
        _give(peaks, owner, channel, found)
        new = peaks != before
    return peaks


class _Ways(NamedTuple):
    """The 2L ways of L limbs, from the first joint to the second, then from the second back."""

    limb: np.ndarray  # (2L,) number of the limb
    start: np.ndarray  # (2L,) joint
    end: np.ndarray  # (2L,) joint
    forth: np.ndarray  # (2L,) whether it starts at the first joint


def _ways(limbs: Sequence[Tuple[int, int]]) -> _Ways:
    first, second = np.asarray(limbs, int).reshape(-1, 2).T
    ways = np.arange(2 * len(first))
    ends = np.concatenate([first, second]), np.concatenate([second, first])
    return _Ways(ways % max(len(first), 1), *ends, ways < len(first))


def _leads(
    peaks: np.ndarray,
    lacking: np.ndarray,
    ways: _Ways,
    owner: np.ndarray,
    skeleton: Skeleton,
    xy: np.ndarray,
    row: _Row,
    limit: np.ndarray,
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Limbs to nobody's peaks along the ways lacking (N, 2L) to people: limb, first, second (M,).

    None longer than the person's limit (N,); by limb and peaks.
    """
    who, way = np.nonzero(lacking)
    known = peaks[who, ways.start.take(way)]
    limits = limit.take(who)
    lengths = skeleton.lengths
    reach = limits * np.asarray(lengths).take(ways.limb.take(way)) if lengths else limits
    which, faint = _within_reach(row, ways.end.take(way), xy[:, 0].take(known), reach)
    nobodys = np.flatnonzero(owner.take(faint) < 0)
    which, faint = which.take(nobodys), faint.take(nobodys)
    known, way = known.take(which), way.take(which)
    limb = ways.limb.take(way)
    near = np.flatnonzero(spans(xy, known, faint, lengths, limb) <= limits.take(which))
    limb, known, faint = limb.take(near), known.take(near), faint.take(near)
    first, second = np.where(ways.forth.take(way.take(near)), (known, faint), (faint, known))
    order = np.lexsort((second, first, limb))
    return limb.take(order), first.take(order), second.take(order)


def _within_reach(
    row: _Row, joint: np.ndarray, x: np.ndarray, reach: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    """Which of the positions x (W,), and which peak of the joint (W,) is so near it: (M,) each.

    Along x, and by a little more than reach (W,) rather than less.
    """
    middle = joint * row.apart + x
    reach = np.minimum(reach + 1e-3, row.apart / 4)
    low, high = row.place.searchsorted(np.stack([middle - reach, middle + reach]))
    which, number = segments(low, high - low)
    return which, row.peak.take(number)


def _give(peaks: np.ndarray, owner: np.ndarray, channel: np.ndarray, limbs: Candidates) -> None:
    """Take the faint ends of limbs for joints of the people at their other ends.

    Changes peaks and owner, (P,) the person of each peak.
    """
    order = np.argsort(-limbs.score, kind="stable")
    ends: Any = zip(limbs.first[order].tolist(), limbs.second[order].tolist())
    for first, second in ends:
        who, end = (owner[second], first) if owner[first] < 0 else (owner[first], second)
        if owner[end] < 0 and peaks[who, channel[end]] < 0:
            peaks[who, channel[end]] = end
            owner[end] = who


def _longest(peaks: np.ndarray, skeleton: Skeleton, xy: np.ndarray) -> np.ndarray:
    """(N,) span that no limb of a person exceeds, as in assembly.assemble_in_proportion."""
    if not skeleton.lengths or len(skeleton.limbs) < KNOWN:
        return np.full(len(peaks), np.inf)
    first, second = (peaks.take(ends, 1) for ends in np.asarray(skeleton.limbs).T)
    there = (first >= 0) & (second >= 0)
    span = spans(xy, first, second, skeleton.lengths, np.arange(len(skeleton.limbs)))
    span[~there] = 0
    fourth = np.sort(span, axis=1)[:, -4]
    return np.where(there.sum(1) >= KNOWN, LONGEST * fourth, np.inf)

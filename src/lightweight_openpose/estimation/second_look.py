"""Faint joints for people found by clear ones.

A faint peak alone is noise as often as a joint; at the end of a limb of somebody who is there it
mostly is one. The same as the two thresholds of an edge detector (Canny, 1986).
"""

from __future__ import annotations

from typing import NamedTuple, Tuple

import numpy as np

from .assembly import KNOWN, LONGEST, spans
from .limbs import score_pairs

# Of a limb that leads to a faint joint; lower than those of limbs that make people.
LIMB_THRESHOLD = 0.03
LIMB_SUPPORT = 0.6
WHOLE = 5  # joints of somebody who is no part of somebody else


def complete(peaks, skeleton, pafs, channel, xy, least) -> Tuple[np.ndarray, np.ndarray]:
    """People with the joints they lack among the peaks that are nobody's: (N', K), rows of peaks.

    peaks: (N, K) peak of each joint of each person, -1 where there is none; channel: (P,) joint of
    each peak, sorted; xy: (P, 2) of the peaks in map cells. Who has few joints may be a part of
    somebody else: who has WHOLE and more comes first, and who is left with fewer than `least` is
    nobody. The second array (N',) says which rows of `peaks` stay.
    """
    peaks = peaks.copy()
    few = np.count_nonzero(peaks >= 0, axis=1) < WHOLE
    whole = _grown(peaks[~few], skeleton, pafs, channel, xy)
    if not few.any():
        return whole, np.arange(len(whole))
    parts = peaks[few]
    parts[np.isin(parts, whole[whole >= 0])] = -1
    peaks[~few], peaks[few] = whole, parts
    stay = np.flatnonzero(~few | (np.count_nonzero(peaks >= 0, axis=1) >= least))
    peaks = peaks[stay]
    return (_grown(peaks, skeleton, pafs, channel, xy) if few[stay].any() else peaks), stay


def _grown(peaks, skeleton, pafs, channel, xy) -> np.ndarray:
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
        limb, first, second = _leads(peaks, lacking, ways, owner, skeleton, channel, xy, limit)
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


def _ways(limbs) -> _Ways:
    first, second = np.asarray(limbs, int).reshape(-1, 2).T
    ways = np.arange(2 * len(first))
    ends = np.concatenate([first, second]), np.concatenate([second, first])
    return _Ways(ways % max(len(first), 1), *ends, ways < len(first))


def _leads(
    peaks, lacking, ways, owner, skeleton, channel, xy, limit
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Limbs to nobody's peaks along the ways lacking (N, 2L) to people: limb, first, second (M,).

    None longer than the person's limit (N,); by limb and peaks.
    """
    who, way = np.nonzero(lacking)
    known = peaks[who, ways.start[way]]
    most = limit[who]
    reach = most * np.asarray(skeleton.lengths)[ways.limb[way]] if skeleton.lengths else most
    nobodys = np.flatnonzero(owner < 0)
    row, faint = _beside(ways.end[way], xy[known, 0], reach, nobodys, channel, xy)
    known, way = known[row], way[row]
    span = spans(xy, known, faint, skeleton.lengths, ways.limb[way])
    near = np.flatnonzero(span <= most[row])
    known, faint, way = known[near], faint[near], way[near]
    limb = ways.limb[way]
    first, second = np.where(ways.forth[way], (known, faint), (faint, known))
    order = np.lexsort((second, first, limb))
    return limb[order], first[order], second[order]


def _beside(joint, x, reach, among, channel, xy) -> Tuple[np.ndarray, np.ndarray]:
    """Which of the places x (W,), and which of the peaks `among` of the joint (W,), are that near.

    Along x, and by a little more than reach (W,) rather than less.
    """
    apart = 4 * (np.ptp(xy[:, 0]) + 1)  # from the peaks of one joint to those of the next
    places = channel[among] * apart + xy[among, 0]
    order = np.argsort(places)
    places = places[order]
    middle = joint * apart + x
    reach = np.minimum(reach + 1e-3, apart / 4)
    low = np.searchsorted(places, middle - reach)
    times = np.searchsorted(places, middle + reach) - low
    row = np.repeat(np.arange(len(times)), times)
    return row, among[order[np.arange(len(row)) + (low - (np.cumsum(times) - times))[row]]]


def _give(peaks, owner, channel, limbs) -> None:
    """Take the faint ends of limbs for joints of the people at their other ends.

    Changes peaks and owner, (P,) the person of each peak.
    """
    order = np.argsort(-limbs.score, kind="stable")
    for first, second in zip(limbs.first[order].tolist(), limbs.second[order].tolist()):
        who, end = (owner[second], first) if owner[first] < 0 else (owner[first], second)
        if owner[end] < 0 and peaks[who, channel[end]] < 0:
            peaks[who, channel[end]] = end
            owner[end] = who


def _longest(peaks, skeleton, xy) -> np.ndarray:
    """(N,) span that no limb of a person exceeds, as in assembly.assemble_in_proportion."""
    if not skeleton.lengths or len(skeleton.limbs) < KNOWN:
        return np.full(len(peaks), np.inf)
    first, second = np.asarray(skeleton.limbs).T
    there = (peaks[:, first] >= 0) & (peaks[:, second] >= 0)
    limbs = np.arange(len(first))
    span = spans(xy, peaks[:, first], peaks[:, second], skeleton.lengths, limbs)
    fourth = np.sort(np.where(there, span, 0), axis=1)[:, -4]
    return np.where(there.sum(1) >= KNOWN, LONGEST * fourth, np.inf)

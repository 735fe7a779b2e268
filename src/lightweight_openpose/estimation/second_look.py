"""Faint joints for people found by clear ones.

A faint peak alone is noise as often as a joint; at the end of a limb of somebody who is there it
mostly is one. The same as the two thresholds of an edge detector (Canny, 1986).
"""

from __future__ import annotations

from typing import Tuple

import numpy as np

from .assembly import KNOWN, LONGEST
from .limbs import pairs_of, score_pairs

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
    person, joint = np.nonzero(peaks >= 0)
    owner[peaks[person, joint]] = person
    if not len(peaks) or not (owner < 0).any():
        return peaks
    limb, first, second = pairs_of(skeleton.limbs, channel)
    limit = _longest(peaks, skeleton, xy)
    while len(limb):
        nobodys = owner < 0
        faint = nobodys.take(first), nobodys.take(second)
        leads = np.flatnonzero(faint[0] != faint[1])  # from a joint of somebody to one of nobody
        ends = first[leads], second[leads]
        end = np.where(faint[0][leads], *ends)
        who = np.maximum(owner[ends[0]], owner[ends[1]])
        lacks = np.flatnonzero(peaks[who, channel[end]] < 0)
        leads, who = leads[lacks], who[lacks]
        span = _spans(xy[first[leads]] - xy[second[leads]], skeleton.lengths, limb[leads])
        leads = leads[span <= limit[who]]
        if not len(leads):
            break
        found = score_pairs(
            pafs, limb[leads], first[leads], second[leads], xy, LIMB_THRESHOLD, LIMB_SUPPORT
        )
        if not _give(peaks, owner, channel, found):
            break
        later = np.flatnonzero(faint[0] & faint[1])
        limb, first, second = limb[later], first[later], second[later]
    return peaks


def _give(peaks, owner, channel, limbs) -> bool:
    """Take the faint ends of limbs for joints of the people at their other ends, if there are any.

    Changes peaks and owner, (P,) the person of each peak.
    """
    order = np.argsort(-limbs.score, kind="stable")
    for first, second in zip(limbs.first[order].tolist(), limbs.second[order].tolist()):
        who, end = (owner[second], first) if owner[first] < 0 else (owner[first], second)
        if owner[end] < 0 and peaks[who, channel[end]] < 0:
            peaks[who, channel[end]] = end
            owner[end] = who
    return len(order) > 0


def _longest(peaks, skeleton, xy) -> np.ndarray:
    """(N,) span that no limb of a person exceeds, as in assembly.assemble_in_proportion."""
    if not skeleton.lengths or len(skeleton.limbs) < KNOWN:
        return np.full(len(peaks), np.inf)
    first, second = np.asarray(skeleton.limbs).T
    there = (peaks[:, first] >= 0) & (peaks[:, second] >= 0)
    limbs = np.arange(len(first))
    span = _spans(xy[peaks[:, first]] - xy[peaks[:, second]], skeleton.lengths, limbs)
    fourth = np.sort(np.where(there, span, 0), axis=1)[:, -4]
    return np.where(there.sum(1) >= KNOWN, LONGEST * fourth, np.inf)


def _spans(vectors, lengths, limb) -> np.ndarray:
    """Lengths of vectors (..., 2) over those that the skeleton says of their limbs."""
    span = np.sqrt((vectors**2).sum(-1))
    return span / np.asarray(lengths)[limb] if lengths else span

"""Heatmaps and PAFs -> poses, with NumPy.

Peaks, limb scores and greedy assembly follow "Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields"
(Cao et al., arXiv 1611.08050). Unlike the reference code: peaks are sub-pixel (a parabola through their neighbours),
limbs are assembled from the strongest to the weakest over the whole body, so that the result does not depend on the
order of the limbs, and two people can never share a joint.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import List

import numpy as np

from .peaks import find_peaks
from .pose import Pose, missing_keypoints
from .preprocessing import PixelMap
from .skeleton import Skeleton


@dataclass(frozen=True)
class DecoderConfig:
    """Thresholds; all scores are in [0, 1].

    keypoint_threshold: lowest heatmap value of a joint.
    limb_threshold: a point on a limb counts when the PAF along the limb is above this.
    limb_support: lowest share of the points on a limb that must count.
    min_keypoints: people with fewer joints are dropped.
    min_score: people with a lower score are dropped.
    max_people: the best are kept.
    """

    keypoint_threshold: float = 0.1
    limb_threshold: float = 0.05
    limb_support: float = 0.8
    min_keypoints: int = 3
    min_score: float = 0.08
    max_people: int = 100


POINTS_PER_LIMB = 10
LONGEST = 2.5  # times what the fourth longest limb allows; of labelled people no limb exceeds 2.2
KNOWN = 6      # limbs that a person must have for this to be told


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


def assemble(channel, limb, first, second, score) -> List[dict]:
    """Greedy assembly from the strongest limb to the weakest: list of {"joints": {joint: peak}, "limbs": sum of scores,
    "members": indices of these limbs}.

    Each peak belongs to at most one person, each person has at most one peak per joint, and a limb of a person joins
    the same two peaks only; a limb that would break this is left out.
    """
    people, owner, taken = [], {}, set()
    for i in np.argsort(-score, kind="stable"):
        a, b, kind = int(first[i]), int(second[i]), int(limb[i])
        if (kind, a, 0) in taken or (kind, b, 1) in taken:
            continue
        pa, pb = owner.get(a), owner.get(b)
        if pa is None and pb is None:
            person = {"joints": {int(channel[a]): a, int(channel[b]): b}, "limbs": 0.0, "members": []}
            people.append(person)
        elif pa is pb:
            person = pa
        else:
            person = pa if pa is not None else pb
            other = (pb["joints"] if pb is not None else {int(channel[b]): b}) if pa is not None else {int(channel[a]): a}
            if person["joints"].keys() & other.keys():
                continue
            person["joints"].update(other)
            if pa is not None and pb is not None:
                person["limbs"] += pb["limbs"]
                person["members"] += pb["members"]
                people.remove(pb)
        taken |= {(kind, a, 0), (kind, b, 1)}
        person["limbs"] += float(score[i])
        person["members"].append(int(i))
        for peak in person["joints"].values():
            owner[peak] = person
    return people


def _without_long_limbs(skeleton, xy, channel, *candidates):
    """assemble() without limbs far longer than the person's others allow: seen from any side limbs become shorter, never longer,
    so that such a limb joins two people. Without it they are assembled anew.
    """
    if not skeleton.lengths:
        return assemble(channel, *candidates)
    while True:
        limb, first, second, _ = candidates
        span = (np.sqrt(((xy[first] - xy[second]) ** 2).sum(1)) / np.asarray(skeleton.lengths)[limb]).tolist()
        people, long = assemble(channel, *candidates), []
        for members in (p["members"] for p in people if len(p["members"]) >= KNOWN):
            limit = LONGEST * sorted(span[i] for i in members)[-4]
            long += [i for i in members if span[i] > limit]
        if not long:
            return people
        candidates = [np.delete(values, long) for values in candidates]


def decode(heatmaps: np.ndarray, pafs: np.ndarray, skeleton: Skeleton, pixel_map: PixelMap, stride: float = 8,
           config: DecoderConfig = DecoderConfig()) -> List[Pose]:
    """(K or K+1, h, w) heatmaps and (2L, h, w) PAFs of one image -> poses in image px, best first.

    pixel_map: of the preprocessed image; stride: network px per map cell. A person's score is the sum of its joint
    and limb scores divided by the number of joints and limbs of the skeleton: it falls with every part not seen.
    """
    channel, xy, peak_score = find_peaks(heatmaps[:skeleton.num_keypoints], config.keypoint_threshold)
    limb, first, second, score = score_limbs(pafs, skeleton.limbs, channel, xy, config)
    people = _without_long_limbs(skeleton, xy, channel, limb, first, second, score)
    people = [p for p in people if len(p["joints"]) >= config.min_keypoints]
    keypoints = np.tile(missing_keypoints(skeleton.num_keypoints), (len(people), 1, 1))
    person = np.repeat(np.arange(len(people)), [len(p["joints"]) for p in people])
    joint = np.array([k for p in people for k in p["joints"]], int)
    peak = np.array([i for p in people for i in p["joints"].values()], int)
    keypoints[person, joint, :2] = pixel_map.to_image((xy[peak] + 0.5) * stride - 0.5)
    keypoints[person, joint, 2] = peak_score[peak]
    parts = skeleton.num_keypoints + len(skeleton.limbs)
    scores = (keypoints[:, :, 2].sum(1) + [p["limbs"] for p in people]) / parts
    best = np.argsort(-scores, kind="stable")[:config.max_people]
    return [Pose(keypoints[i], float(scores[i])) for i in best if scores[i] >= config.min_score]

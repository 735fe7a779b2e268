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

from lightweight_openpose.poses.pose import Pose, missing_keypoints
from lightweight_openpose.poses.skeleton import Skeleton

from .limbs import score_limbs
from .peaks import find_peaks
from .preprocessing import PixelMap


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


LONGEST = 2.5  # times what the fourth longest limb allows; of labelled people no limb exceeds 2.2
KNOWN = 6      # limbs that a person must have for this to be told


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

"""Heatmaps and PAFs -> poses, with NumPy.

Peaks, limb scores and greedy assembly follow "Realtime Multi-Person 2D Pose Estimation using Part
Affinity Fields" (Cao et al., arXiv 1611.08050). Unlike the reference code: peaks are sub-pixel (a
parabola through their neighbours), limbs are assembled from the strongest to the weakest over the
whole body, so that the result does not depend on the order of the limbs, and two people can never
share a joint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional

import numpy as np

from lightweight_openpose.poses.pose import Pose, missing_keypoints
from lightweight_openpose.poses.ranged import ranged
from lightweight_openpose.poses.skeleton import Skeleton

from .limbs import Candidates, score_limbs
from .peaks import find_peaks
from .preprocessing import PixelMap

LONGEST = 2.5  # times what the fourth longest limb allows; of labelled people no limb exceeds 2.2
KNOWN = 6  # limbs that a person must have for this to be told


@dataclass(frozen=True)
class DecoderConfig:
    """Thresholds of decoding; all scores are in [0, 1]."""

    keypoint_threshold: float = ranged(0.1, 0.01, 0.9)  # lowest heatmap value of a joint
    limb_threshold: float = ranged(0.05, 0.0, 0.9)  # above it the PAF at a point on a limb counts
    limb_support: float = ranged(0.8, 0.1, 1.0)  # lowest share of such points on a limb
    min_keypoints: int = ranged(3, 2, 18)  # people with fewer joints are dropped
    min_score: float = ranged(0.08, 0.0, 1.0)  # people with a lower score are dropped
    max_people: int = ranged(100, 1, 1000)  # the best are kept


class _Person:
    """A person in the making."""

    def __init__(self):
        self.joints: Dict[int, int] = {}  # joint -> peak
        self.limbs: List[int] = []  # rows of the candidates that join them
        self.limb_score = 0.0  # sum over these limbs

    def merge(self, other: _Person) -> None:
        """Take all that another person has."""
        self.joints.update(other.joints)
        self.limbs += other.limbs
        self.limb_score += other.limb_score


def assemble(channel: np.ndarray, candidates: Candidates) -> List[_Person]:
    """Greedy assembly from the strongest limb to the weakest.

    channel: (P,) joint of each peak. Each peak belongs to at most one person, each person has at
    most one peak per joint, and a limb of a person joins the same two peaks only; a limb that would
    break this is left out.
    """
    people: Dict[_Person, None] = {}  # in the order in which they began
    owner: List[Optional[_Person]] = [None] * len(channel)  # of each peak
    joints = channel.tolist()
    order = np.argsort(-candidates.score, kind="stable")
    limb, first, second, score = (values[order] for values in candidates)
    # The two ends of a limb as numbers: what a limb of somebody has taken.
    start = limb * len(joints) + first
    end = (limb + limb.max(initial=0) + 1) * len(joints) + second
    taken = bytearray(int(end.max(initial=0)) + 1)
    columns = (order, start, end, first, second, score)
    for row, a, b, i, j, value in zip(*(column.tolist() for column in columns)):
        if taken[a] or taken[b]:
            continue
        person = _joined(people, owner, joints, i, j)
        if person is not None:
            taken[a] = taken[b] = True
            person.limbs.append(row)
            person.limb_score += value
    return list(people)


def _joined(people, owner, joints, first, second) -> Optional[_Person]:
    """The person who has both peaks from now on, None where they cannot be one person's."""
    person = owner[first]
    other = owner[second]
    if person is other:
        if person is None:
            person = owner[first] = owner[second] = _Person()
            person.joints = {joints[first]: first, joints[second]: second}
            people[person] = None
        return person
    if person is None or other is None:
        person, peak = (other, first) if person is None else (person, second)
        if joints[peak] in person.joints:
            return None
        person.joints[joints[peak]] = peak
        owner[peak] = person
        return person
    if not person.joints.keys().isdisjoint(other.joints):
        return None
    for peak in other.joints.values():
        owner[peak] = person
    person.merge(other)
    del people[other]
    return person


def _without_long_limbs(skeleton, xy, channel, candidates: Candidates) -> List[_Person]:
    """People without limbs far longer than their others allow.

    Seen from any side limbs become shorter, never longer, so that such a limb joins two people.
    Without it they are assembled anew.
    """
    if not skeleton.lengths:
        return assemble(channel, candidates)
    lengths = np.asarray(skeleton.lengths)
    while True:
        vector = xy[candidates.first] - xy[candidates.second]
        span = (np.sqrt((vector**2).sum(1)) / lengths[candidates.limb]).tolist()
        people = assemble(channel, candidates)
        long = []
        for person in people:
            if len(person.limbs) >= KNOWN:
                limit = LONGEST * sorted(span[row] for row in person.limbs)[-4]
                long += [row for row in person.limbs if span[row] > limit]
        if not long:
            return people
        candidates = candidates.without(long)


def decode(
    heatmaps: np.ndarray,
    pafs: np.ndarray,
    skeleton: Skeleton,
    pixel_map: PixelMap,
    stride: float = 8,
    config: DecoderConfig = DecoderConfig(),
) -> List[Pose]:
    """Poses in one image from its (K or K+1, h, w) heatmaps and (2L, h, w) PAFs, best first.

    In image px. pixel_map: of the preprocessed image; stride: network px per map cell. A person's
    score is the sum of its joint and limb scores divided by the number of joints and limbs of the
    skeleton: it falls with every part not seen.
    """
    joint_maps = heatmaps[: skeleton.num_keypoints]
    channel, xy, peak_score = find_peaks(joint_maps, config.keypoint_threshold)
    candidates = score_limbs(pafs, skeleton.limbs, channel, xy, config)
    people = _without_long_limbs(skeleton, xy, channel, candidates)
    people = [p for p in people if len(p.joints) >= config.min_keypoints]

    person = np.repeat(np.arange(len(people)), [len(p.joints) for p in people])
    joint = np.array([k for p in people for k in p.joints], int)
    peak = np.array([i for p in people for i in p.joints.values()], int)
    keypoints = np.tile(missing_keypoints(skeleton.num_keypoints), (len(people), 1, 1))
    keypoints[person, joint, :2] = pixel_map.to_image((xy[peak] + 0.5) * stride - 0.5)
    keypoints[person, joint, 2] = peak_score[peak]

    parts = skeleton.num_keypoints + len(skeleton.limbs)
    scores = (keypoints[:, :, 2].sum(1) + [p.limb_score for p in people]) / parts
    best = np.argsort(-scores, kind="stable")[: config.max_people]
    return [Pose(keypoints[i], float(scores[i])) for i in best if scores[i] >= config.min_score]

"""Limbs -> people: greedy, from the strongest limb on, none out of proportion.

After "Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields" (Cao et al., arXiv
1611.08050), but over the whole body at once: the result does not depend on the order of the limbs,
and two people can never share a joint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Container, Dict, List, Optional, Sequence, Tuple, cast

import numpy as np

from .limbs import Candidates

if TYPE_CHECKING:
    from lightweight_openpose.poses import Skeleton

LONGEST = 2.5  # times what the fourth longest limb allows; of labelled people no limb exceeds 2.2
KNOWN = 6  # limbs that a person must have for this to be known
ENDS = 0.3  # weight of the heatmap at a limb's two ends next to its PAF, for the order of assembly


class PartialPerson:
    """A person in the making."""

    def __init__(self) -> None:
        self.joints: Dict[int, int] = {}  # joint -> peak
        # Rows of the candidates that join them -> the two joints of the limb, and its score.
        self.limbs: Dict[int, Tuple[int, int, float]] = {}

    def merge(self, other: PartialPerson) -> None:
        """Take all that another person has."""
        self.joints.update(other.joints)
        self.limbs.update(other.limbs)

    def limb_score(self, lost: Container[int] = ()) -> float:
        """Sum of the scores of the limbs, but for those at joints that are lost."""
        limbs = self.limbs.values()
        if not lost:
            return sum([score for _, _, score in limbs])
        return sum(s for a, b, s in limbs if a not in lost and b not in lost)


def assemble(channel: np.ndarray, value: np.ndarray, candidates: Candidates) -> List[PartialPerson]:
    """Greedy assembly from the strongest limb to the weakest.

    channel: (P,) joint of each peak; value: (P,) its score. Each peak belongs to at most one
    person, each person has at most one peak per joint, and a limb of a person joins the same two
    peaks only; a limb that would break this is left out.
    """
    people: Dict[PartialPerson, None] = {}  # in the order in which they began
    owner: List[Optional[PartialPerson]] = [None] * len(channel)  # of each peak
    joints: Any = channel.tolist()
    ends = value[candidates.first] + value[candidates.second]
    order = np.argsort(-(candidates.score + ENDS * ends), kind="stable")
    limb, first, second, score = (values[order] for values in candidates)
    # The two ends of a limb as numbers: what a limb of somebody has taken.
    start = limb * len(joints) + first
    end = (limb + limb.max(initial=0) + 1) * len(joints) + second
    taken = bytearray(int(end.max(initial=0)) + 1)
    columns = (order, start, end, first, second, score)
    for row, a, b, i, j, limb_score in zip(*(column.tolist() for column in columns)):
        if taken[a] or taken[b]:
            continue
        person = _joined(people, owner, joints, i, j)
        if person is not None:
            taken[a] = taken[b] = True
            person.limbs[row] = joints[i], joints[j], limb_score
    return list(people)


def _joined(
    people: Dict[PartialPerson, None],
    owner: List[Optional[PartialPerson]],
    joints: List[int],
    first: int,
    second: int,
) -> Optional[PartialPerson]:
    """The person who has both peaks from now on, None where they cannot be one person's."""
    person = owner[first]
    other = owner[second]
    if person is other:
        if person is None:
            person = owner[first] = owner[second] = PartialPerson()
            person.joints = {joints[first]: first, joints[second]: second}
            people[person] = None
        return person
    if person is None or other is None:
        person, peak = (other, first) if person is None else (person, second)
        assert person is not None  # one of the two is somebody
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


def assemble_in_proportion(
    skeleton: Skeleton,
    xy: np.ndarray,
    channel: np.ndarray,
    value: np.ndarray,
    candidates: Candidates,
) -> List[PartialPerson]:
    """People without limbs far longer than their others allow.

    Seen from any side limbs become shorter, never longer, so that such a limb joins two people.
    Without it they are assembled again.
    """
    if not skeleton.lengths:
        return assemble(channel, value, candidates)
    while True:
        lengths: np.ndarray = spans(
            xy, candidates.first, candidates.second, skeleton.lengths, candidates.limb
        )
        span = cast(List[float], lengths.tolist())
        people = assemble(channel, value, candidates)
        long = []
        for person in people:
            if len(person.limbs) >= KNOWN:
                limit = LONGEST * sorted(span[row] for row in person.limbs)[-4]
                long += [row for row in person.limbs if span[row] > limit]
        if not long:
            return people
        candidates = candidates.without(long)


def spans(
    xy: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    lengths: Sequence[float],
    limb: np.ndarray,
) -> np.ndarray:
    """Lengths of the limbs between peaks, over those that the skeleton says of them, if any.

    xy: (P, 2) of all peaks; first, second: (M,) or (N, L) of them; lengths: of the skeleton's
    limbs; limb: (M,) or (L,) numbers of them.
    """
    x, y = np.ascontiguousarray(xy.T)
    dx = x.take(first) - x.take(second)
    dy = y.take(first) - y.take(second)
    span = np.sqrt(dx * dx + dy * dy)
    return span / np.asarray(lengths).take(limb) if lengths else span

"""What happened to the ids of a clip: who came, who went, whose id changed or jumped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple

import numpy as np

from lightweight_openpose.poses.oks import box_area, oks
from lightweight_openpose.poses.pose_lines import Frame

# body lengths between where one id ends and another begins that make a change of id
REACH = 0.7
LONGEST_GAP = 4.0  # s between the two
REACH_GROWTH = 0.4  # body lengths more per second between the two
SWAP_OKS = 0.3  # OKS that two exchanged ids must have with each other's place
# Body lengths that a person may move between two sightings: the camera's shaking, and running.
JUMP = 0.3
JUMP_SPEED = 3.0  # body lengths per second
GROWTH = 1.8  # times as large, or as small, in which nobody is seen within GROWTH_TIME
GROWTH_TIME = 1.0  # s
MIN_LENGTH = 5.0  # px; shorter ones tell no size
COMMON = 4  # joints that tell a size; with fewer in common the boxes do


class Sighting(NamedTuple):
    """One pose of a track."""

    frame: int
    time: float  # s
    keypoints: np.ndarray  # (K, 3) [x px, y px, score]
    centre: np.ndarray  # (2,) [px]
    size: float  # of the person [px]


@dataclass(frozen=True)
class Event:
    """Something that happened to an id."""

    frame: int
    # birth, death, change (this id begins where `other` ended), swap (this id and `other` may
    # have changed places: true where they only crossed closely as well), jump (moved further than
    # a person can) or growth (is much larger or smaller at once)
    kind: str
    track_id: int
    place: Tuple[float, float]  # of the person's centre [px]
    size: float  # of the person [px]
    other: int = -1  # the other id of a change or swap
    amount: float = 0.0  # of a jump: distance [px]; of a growth: factor of the size
    gap: float = 0.0  # s since the sighting before a jump or growth


def sightings(frames: Iterable[Frame]) -> Dict[int, List[Sighting]]:
    """Per id its poses over the frames."""
    tracks: Dict[int, List[Sighting]] = {}
    for frame in frames:
        for pose in frame.poses:
            if pose.track_id >= 0:
                x, y, width, height = pose.bbox
                centre = np.array([x + width / 2, y + height / 2])
                seen = Sighting(
                    frame.number, frame.time, pose.keypoints, centre, max(width, height)
                )
                tracks.setdefault(pose.track_id, []).append(seen)
    return tracks


def events(tracks: Dict[int, List[Sighting]], sigmas: np.ndarray) -> List[Event]:
    """Births, deaths, changes, swaps, jumps and growths in the order of the frames."""
    found = []
    for track_id, seen in tracks.items():
        before = _predecessor(track_id, seen[0], tracks)
        if before is None:
            found.append(_event("birth", track_id, seen[0]))
        else:
            found.append(_event("change", track_id, seen[0], before))
        found.append(_event("death", track_id, seen[-1]))
        found.extend(_leaps(track_id, seen))
    for a in tracks:
        for b in (other for other in tracks if other > a):
            found.extend(_event("swap", a, s, b) for s in _swaps(tracks[a], tracks[b], sigmas))
    return sorted(found, key=lambda e: (e.frame, e.kind, e.track_id))


def _event(kind: str, track_id: int, sighting: Sighting, other: int = -1, **change: float) -> Event:
    centre = tuple(sighting.centre)
    return Event(sighting.frame, kind, track_id, centre, sighting.size, other, **change)


def _leaps(track_id: int, seen: List[Sighting]) -> Iterator[Event]:
    """Jumps and growths of an id from one sighting to the next."""
    for last, now in zip(seen, seen[1:]):
        gap = max(now.time - last.time, 0.0)
        distance, factor = _step(last, now)
        if distance > (JUMP + JUMP_SPEED * gap) * np.sqrt(last.size * now.size):
            yield _event("jump", track_id, now, amount=distance, gap=gap)
        if max(factor, 1 / factor) > GROWTH and gap <= GROWTH_TIME:
            yield _event("growth", track_id, now, amount=factor, gap=gap)


def _step(last: Sighting, now: Sighting) -> Tuple[float, float]:
    """How far somebody moved [px], and how many times as large they became."""
    common = (last.keypoints[:, 2] > 0) & (now.keypoints[:, 2] > 0)
    if common.sum() < COMMON:
        return float(np.linalg.norm(now.centre - last.centre)), _ratio(now.size, last.size)
    before, after = last.keypoints[common, :2], now.keypoints[common, :2]
    distance = float(np.linalg.norm(np.median(after - before, axis=0)))
    return distance, _ratio(*(np.ptp(joints, axis=0).max() for joints in (after, before)))


def _ratio(a: float, b: float) -> float:
    """a / b of two lengths [px]; 1 where one has a few px only, which is too uncertain."""
    return float(a / b) if min(a, b) >= MIN_LENGTH else 1.0


def _predecessor(
    track_id: int, birth: Sighting, tracks: Dict[int, List[Sighting]]
) -> Optional[int]:
    """The id that ended last before the birth and near enough to be the same person, or None."""
    best = None
    for other, seen in tracks.items():
        death = seen[-1]
        gap = birth.time - death.time
        reach = (REACH + REACH_GROWTH * max(gap, 0)) * max(birth.size, death.size)
        earlier = other != track_id and seen[0].frame < birth.frame and -0.3 <= gap <= LONGEST_GAP
        near = np.linalg.norm(birth.centre - death.centre) < reach
        if earlier and near and (best is None or death.time > tracks[best][-1].time):
            best = other
    return best


def _swaps(a: List[Sighting], b: List[Sighting], sigmas: np.ndarray) -> Iterator[Sighting]:
    """Sightings of a at which a and b are each nearer to where the other was just before."""
    of_b = {s.frame: s for s in b}
    both = [(s, of_b[s.frame]) for s in a if s.frame in of_b]
    for (a0, b0), (a1, b1) in zip(both, both[1:]):
        if a1.frame - a0.frame <= 5:
            crossed = (_similarity(a0, b1, sigmas), _similarity(b0, a1, sigmas))
            straight = _similarity(a0, a1, sigmas) + _similarity(b0, b1, sigmas)
            if min(crossed) > SWAP_OKS and sum(crossed) > straight:
                yield a1


def _similarity(a: Sighting, b: Sighting, sigmas: np.ndarray) -> float:
    """OKS of two sightings, with twice the sigmas."""
    area = max(box_area(a.keypoints), box_area(b.keypoints))
    return oks(a.keypoints, b.keypoints, 2 * sigmas, area)

"""What happened to the ids of a clip: who came, who went, whose id changed."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterable, List, NamedTuple, Tuple

import numpy as np

from lightweight_openpose.poses.oks import box_area, oks
from lightweight_openpose.poses.pose_lines import Frame

# body lengths between where one id ends and another begins that make a change of id
REACH = 0.7
REACH_GROWTH = 0.4  # body lengths more per second between the two
SWAP_OKS = 0.3     # OKS that two exchanged ids must have with each other's place


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
    # birth, death, change (this id begins where `other` ended), or swap (this id and `other` may
    # have changed places: true where they only crossed closely as well)
    kind: str
    track_id: int
    place: Tuple[float, float]  # of the person's centre [px]
    size: float  # of the person [px]
    other: int = -1  # the other id of a change or swap


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


def events(
    tracks: Dict[int, List[Sighting]], sigmas: np.ndarray, window: float = 4.0
) -> List[Event]:
    """Births, deaths, changes and swaps in the order of the frames.

    window: longest gap of a change [s].
    """
    found = []
    for track_id, seen in tracks.items():
        before = _predecessor(track_id, seen[0], tracks, window)
        if before is None:
            found.append(_event("birth", track_id, seen[0]))
        else:
            found.append(_event("change", track_id, seen[0], before))
        found.append(_event("death", track_id, seen[-1]))
    for a in tracks:
        for b in (other for other in tracks if other > a):
            found.extend(_event("swap", a, s, b) for s in _swaps(tracks[a], tracks[b], sigmas))
    return sorted(found, key=lambda e: (e.frame, e.kind, e.track_id))


def _event(kind, track_id, sighting, other=-1):
    return Event(sighting.frame, kind, track_id, tuple(sighting.centre), sighting.size, other)


def _predecessor(track_id, birth, tracks, window):
    """The id that ended last before the birth and near enough to be the same person, or None."""
    best = None
    for other, seen in tracks.items():
        death = seen[-1]
        gap = birth.time - death.time
        reach = (REACH + REACH_GROWTH * max(gap, 0)) * max(birth.size, death.size)
        earlier = other != track_id and seen[0].frame < birth.frame and -0.3 <= gap <= window
        near = np.linalg.norm(birth.centre - death.centre) < reach
        if earlier and near and (best is None or death.time > tracks[best][-1].time):
            best = other
    return best


def _swaps(a, b, sigmas):
    """Sightings of a at which a and b are each nearer to where the other was just before."""
    of_b = {s.frame: s for s in b}
    both = [(s, of_b[s.frame]) for s in a if s.frame in of_b]
    for (a0, b0), (a1, b1) in zip(both, both[1:]):
        if a1.frame - a0.frame <= 5:
            crossed = (_similarity(a0, b1, sigmas), _similarity(b0, a1, sigmas))
            straight = _similarity(a0, a1, sigmas) + _similarity(b0, b1, sigmas)
            if min(crossed) > SWAP_OKS and sum(crossed) > straight:
                yield a1


def _similarity(a, b, sigmas):
    """OKS of two sightings, with twice the sigmas."""
    area = max(box_area(a.keypoints), box_area(b.keypoints))
    return oks(a.keypoints, b.keypoints, 2 * sigmas, area)

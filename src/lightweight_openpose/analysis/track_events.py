"""What happened to the ids of a clip: who came, who went, whose id changed."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterable, List, NamedTuple, Tuple

import numpy as np

from lightweight_openpose.poses.oks import box_area, oks
from lightweight_openpose.poses.pose_lines import Frame

REACH = 0.7        # body lengths between where one id ends and another begins that make a change of id
REACH_GROWTH = 0.4  # body lengths more per second between the two
SWAP_OKS = 0.3     # likeness that two exchanged ids must have with each other's place


class Sighting(NamedTuple):
    """One pose of a track; keypoints (K, 3), centre (2,) [px], size of the person [px]."""

    frame: int
    time: float
    keypoints: np.ndarray
    centre: np.ndarray
    size: float


@dataclass(frozen=True)
class Event:
    """kind: birth, death, change (this id begins where `other` ended) or swap (this id
    and `other` may have changed places: true where they only crossed closely as well)."""

    frame: int
    kind: str
    track_id: int
    place: Tuple[float, float]
    size: float
    other: int = -1


def sightings(frames: Iterable[Frame]) -> Dict[int, List[Sighting]]:
    """Per id its poses over the frames."""
    tracks: Dict[int, List[Sighting]] = {}
    for frame in frames:
        for pose in frame.poses:
            if pose.track_id >= 0:
                x, y, width, height = pose.bbox
                centre = np.array([x + width / 2, y + height / 2])
                seen = Sighting(frame.number, frame.time, pose.keypoints, centre, max(width, height))
                tracks.setdefault(pose.track_id, []).append(seen)
    return tracks


def events(tracks: Dict[int, List[Sighting]], sigmas: np.ndarray, window: float = 4.0) -> List[Event]:
    """Births, deaths, changes and swaps in the order of the frames. window [s]: longest gap of a change."""
    found = []
    for track_id, seen in tracks.items():
        before = _predecessor(track_id, seen[0], tracks, window)
        found.append(_event("birth" if before is None else "change", track_id, seen[0], -1 if before is None else before))
        found.append(_event("death", track_id, seen[-1]))
    for a in tracks:
        for b in (other for other in tracks if other > a):
            found.extend(_event("swap", a, s, b) for s in _swaps(tracks[a], tracks[b], sigmas))
    return sorted(found, key=lambda e: (e.frame, e.kind, e.track_id))


def _event(kind, track_id, sighting, other=-1):
    return Event(sighting.frame, kind, track_id, tuple(sighting.centre), sighting.size, other)


def _predecessor(track_id, birth, tracks, window):
    """The id that ended last before the birth, near enough to have been the same person; None without one."""
    best = None
    for other, seen in tracks.items():
        death = seen[-1]
        gap = birth.time - death.time
        reach = (REACH + REACH_GROWTH * max(gap, 0)) * max(birth.size, death.size)
        if other != track_id and seen[0].frame < birth.frame and -0.3 <= gap <= window \
                and np.linalg.norm(birth.centre - death.centre) < reach and (best is None or death.time > best[0]):
            best = (death.time, other)
    return best and best[1]


def _swaps(a, b, sigmas):
    """Sightings of a at which a and b are each nearer to where the other was in the frame before."""
    of_b = {s.frame: s for s in b}
    both = [(s, of_b[s.frame]) for s in a if s.frame in of_b]
    for (a0, b0), (a1, b1) in zip(both, both[1:]):
        if a1.frame - a0.frame <= 5:
            crossed = (_likeness(a0, b1, sigmas), _likeness(b0, a1, sigmas))
            straight = _likeness(a0, a1, sigmas) + _likeness(b0, b1, sigmas)
            if min(crossed) > SWAP_OKS and sum(crossed) > straight:
                yield a1


def _likeness(a, b, sigmas):
    return oks(a.keypoints, b.keypoints, 2 * sigmas, max(box_area(a.keypoints), box_area(b.keypoints)))

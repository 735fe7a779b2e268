"""Ids that stay with people over frames."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import List, NamedTuple, Optional, Sequence, Union, overload

import numpy as np
from scipy.optimize import linear_sum_assignment

from lightweight_openpose.poses import Pose, Skeleton
from lightweight_openpose.poses.oks import box_areas, oks_matrix
from lightweight_openpose.poses.people import People
from lightweight_openpose.settings import ranged, setting

from .appearance import color_regions, region_colors
from .group_filters import GroupFilters
from .one_euro import OneEuro
from .person_tracker import Complete, PersonTracker, with_ids
from .scene_cut import SceneCut
from .tracks import Tracks


@dataclass(frozen=True)
class TrackerConfig:
    """What the tracker takes for the same person, and for a person at all."""

    max_lost: int = ranged(
        30,
        0,
        10000,
        "how long an id survives unseen at up to 10 frames a second; at a higher rate the time stays "
        "the same (30: 3 s); no id survives a cut, when the whole picture changes",
        unit="frames",
    )
    min_hits: int = ranged(
        2,
        1,
        1000,
        "how often a person must be found before an id is given; track_id is -1 until then",
        unit="frames",
    )
    new_score: float = ranged(
        0.1,
        0.0,
        1.0,
        "lowest score of a person who may get a new id; who was unseen for more than 0.3 s is found "
        "again from 1.15 times this on",
    )
    min_similarity: float = ranged(
        0.1,
        0.001,
        1.0,
        "lowest similarity (OKS times that of the colours) of the same person in two frames",
    )
    smoothing: bool = setting(True, "One Euro filter on the joints, hands and faces")
    min_cutoff: float = ranged(
        1.5, 0.01, 1000.0, "cutoff of that filter; a lower one is smoother at rest", unit="Hz"
    )
    beta: float = ranged(
        10.0,
        0.0,
        1000.0,
        "gain of the cutoff by motion, for hands and faces per length of these; a higher one lags "
        "less",
        unit="Hz per body length/s",
    )


@dataclass(frozen=True)
class MatchingConfig:
    """What else than TrackerConfig decides on matches; the node has no parameters for it."""

    tentative_lost: int = 2  # frames that a person without an id may be unseen
    # s; of faster frames more may be lost, so many that they take as long
    frame_time: float = 0.1
    # A pose below new_score continues who has an id and was unseen for no longer than this, and
    # only near by; who was unseen for longer is found again by a pose of so many times new_score.
    weak_time: float = 0.3  # s
    weak_similarity: float = 0.3
    refound_score: float = 1.15
    # Least similarity of who was there a moment ago with most joints in place.
    steady_colors: float = 0.5
    # Who was unseen for longer than this is continued only by a pose in clothes as like as this.
    refound_time: float = 0.5  # s
    refound_colors: float = 0.2
    # A new pose as close as this to a person of the frame is a second finding of that person.
    duplicate_oks: float = 0.5
    duplicate_tolerance: float = 3.0  # times the sigma of OKS


class _Found(NamedTuple):
    """The P poses of a frame as arrays."""

    keypoints: np.ndarray  # (P, K, 3)
    scores: np.ndarray  # (P,)
    areas: np.ndarray  # (P,) [px^2]
    similarity: np.ndarray  # (P, T) with the tracks, 0 where a pose cannot continue one
    colors: np.ndarray  # (P, R, 3) Lab, NaN where not seen


class Tracker(PersonTracker):
    """Gives the poses of each frame ids that stay with the person.

    Ids are never used twice until reset. Who is who is decided for all people of a frame at once
    (optimal assignment) by the OKS between the joints found and those predicted from the person's
    motion, and, where the image is given, by the colours of the clothes. When the whole image
    changes, nobody is continued.
    """

    def __init__(
        self,
        skeleton: Skeleton,
        config: TrackerConfig = TrackerConfig(),
        matching: MatchingConfig = MatchingConfig(),
    ):
        self.config = config
        self._matching = matching
        self._sigmas = np.asarray(skeleton.sigmas)
        self._regions = color_regions(skeleton)
        self._scene = SceneCut()
        self.reset()

    def reset(self) -> None:
        """Forget everybody; ids start again at 0."""
        self._next_id = 0
        self._stamp: Optional[float] = None
        self._scene.reset()
        self._forget_all()

    def _forget_all(self) -> None:
        joints = len(self._sigmas)
        self._before: List[Pose] = []  # of the last frame, as they were answered
        self._tracks = Tracks(joints, len(self._regions))
        # One per track.
        self._filters = OneEuro(joints, self.config.min_cutoff, self.config.beta)
        self._group_filters = GroupFilters(self.config.min_cutoff, self.config.beta)

    @overload
    def update(
        self,
        poses: People,
        stamp: float,
        image: Optional[np.ndarray] = None,
        reduction: int = 1,
        complete: Optional[Complete] = None,
    ) -> People: ...

    @overload
    def update(
        self,
        poses: List[Pose],
        stamp: float,
        image: Optional[np.ndarray] = None,
        reduction: int = 1,
        complete: Optional[Complete] = None,
    ) -> List[Pose]: ...

    def update(
        self,
        poses: Union[People, List[Pose]],
        stamp: float,
        image: Optional[np.ndarray] = None,
        reduction: int = 1,
        complete: Optional[Complete] = None,
    ) -> Union[People, List[Pose]]:
        """As PersonTracker says; People for People, with the stamp.

        When the image shows another scene than the one before, ids end and new ones begin.
        """
        if isinstance(poses, People):
            return with_ids(self, poses, stamp, image, reduction, complete)
        if self._stamp is not None and stamp < self._stamp:
            self.reset()
        self._stamp = stamp
        if image is not None and self._scene.update(image):
            self._forget_all()
        found = self._look(poses, stamp, image, reduction)
        track = self._match(found)
        self._tracks.age()
        known = np.flatnonzero(track >= 0)
        self._tracks.absorb(
            track[known], found.keypoints[known], found.areas[known], stamp, found.colors[known]
        )
        self._add_new(found, track, stamp)
        self._give_ids()
        self._before = self._finish(poses, found, track, stamp, complete)
        self._forget(stamp)
        return list(self._before)

    def _look(
        self, poses: Sequence[Pose], stamp: float, image: Optional[np.ndarray], reduction: int
    ) -> _Found:
        keypoints = np.zeros((0, len(self._sigmas), 3))
        if poses:
            keypoints = np.stack([pose.keypoints for pose in poses])
        scores = np.array([pose.score for pose in poses], float)
        areas = box_areas(keypoints)
        colors = np.full((len(poses), len(self._regions), 3), np.nan)
        if image is not None:
            joints = (keypoints[:, :, :2] + 0.5) / reduction - 0.5
            colors = region_colors(image, joints, self._regions)
        similarity = self._similarity(keypoints, scores, areas, colors, stamp)
        return _Found(keypoints, scores, areas, similarity, colors)

    def _similarity(
        self,
        keypoints: np.ndarray,
        scores: np.ndarray,
        areas: np.ndarray,
        colors: np.ndarray,
        stamp: float,
    ) -> np.ndarray:
        """(P, T) of the poses with the tracks, 0 where a pose cannot continue one."""
        tracks = self._tracks
        if not len(scores) or not len(tracks):
            return np.zeros((len(scores), len(tracks)))
        clothes = tracks.color_similarity(colors)
        unseen = tracks.unseen(stamp)
        stays = tracks.steady(stamp, keypoints, areas) & (unseen <= self._matching.weak_time)
        clothes = np.where(stays, np.maximum(clothes, self._matching.steady_colors), clothes)
        similarity = tracks.oks_matrix(stamp, keypoints, areas, self._sigmas) * clothes
        possible = tracks.possible(stamp, keypoints, areas) | stays
        possible &= (unseen <= self._matching.refound_time) | (
            clothes >= self._matching.refound_colors
        )
        weak = (scores < self.config.new_score)[:, None]
        possible &= ~weak | (tracks.track_id >= 0) & (similarity >= self._matching.weak_similarity)
        faint = (scores < self._matching.refound_score * self.config.new_score)[:, None]
        possible &= ~faint | (unseen <= self._matching.weak_time)
        possible &= similarity >= self.config.min_similarity
        return np.where(possible, similarity, 0)

    def _match(self, found: _Found) -> np.ndarray:
        """(P,) rows of the tracks that the poses continue, -1 for none."""
        track = np.full(len(found.scores), -1)
        if not found.similarity.size:
            return track
        similarity = found.similarity.copy()
        weak = found.scores < self.config.new_score
        # Parts of people come last: they may not take the id of somebody seen well.
        for group in (~weak, weak):
            rows = np.flatnonzero(group)
            pose, taken = linear_sum_assignment(-similarity[rows])
            like = similarity[rows[pose], taken] > 0
            track[rows[pose[like]]] = taken[like]
            similarity[:, taken[like]] = 0
        return track

    def _add_new(self, found: _Found, track: np.ndarray, stamp: float) -> None:
        """Tracks for the poses that continue none; their rows go into track (P,)."""
        for i in np.flatnonzero((track < 0) & (found.scores >= self.config.new_score)):
            if not self._is_double(found.keypoints[i], found.areas[i]):
                track[i] = self._tracks.add(
                    found.keypoints[i], found.areas[i], stamp, found.colors[i]
                )
                self._filters.add(1)
                self._group_filters.add(1)

    def _is_double(self, keypoints: np.ndarray, area: float) -> bool:
        """Whether a pose that continues no track is one of the frame's people found twice."""
        seen = self._tracks.lost == 0
        areas = np.maximum(self._tracks.area[seen], area)[None]
        sigmas = self._matching.duplicate_tolerance * self._sigmas
        table = oks_matrix(keypoints[None], self._tracks.keypoints[seen], sigmas, areas)
        return bool((table >= self._matching.duplicate_oks).any())

    def _give_ids(self) -> None:
        tracks = self._tracks
        new = np.flatnonzero((tracks.track_id < 0) & (tracks.hits >= self.config.min_hits))
        tracks.track_id[new] = self._next_id + np.arange(len(new))
        self._next_id += len(new)

    def _forget(self, stamp: float) -> None:
        """Drop who was unseen too long, with the filters."""
        patience = np.where(
            self._tracks.track_id >= 0, self.config.max_lost, self._matching.tentative_lost
        )
        alive = self._tracks.lost <= patience
        alive |= stamp - self._tracks.stamp <= self._matching.frame_time * patience
        if not alive.all():
            self._tracks.keep(alive)
            self._filters.keep(alive)
            self._group_filters.keep(alive)

    def _finish(
        self,
        poses: Sequence[Pose],
        found: _Found,
        track: np.ndarray,
        stamp: float,
        complete: Optional[Complete],
    ) -> List[Pose]:
        """The poses with the ids of their tracks (P,), the points of those with an id smoothed."""
        ids = np.full(len(track), -1)
        ids[track >= 0] = self._tracks.track_id[track[track >= 0]]
        if complete is not None:
            named = [replace(pose, track_id=i) for pose, i in zip(poses, ids.tolist())]
            poses = complete(named, self._before)
        keypoints = found.keypoints
        groups: List[dict] = [{} for _ in poses]
        if self.config.smoothing:
            sure = np.flatnonzero(ids >= 0)
            keypoints = keypoints.copy()
            keypoints[sure, :, :2] = self._filters(
                track[sure], keypoints[sure, :, :2], stamp, np.sqrt(found.areas[sure])
            )
            smooth = self._group_filters(track[sure], [poses[i] for i in sure], stamp)
            for i, of_pose in zip(sure, smooth):
                groups[i] = of_pose
        return [
            replace(pose, keypoints=joints, track_id=track_id, **of_pose)
            for pose, joints, track_id, of_pose in zip(poses, keypoints, ids.tolist(), groups)
        ]

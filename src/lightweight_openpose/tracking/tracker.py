"""Ids that stay with people over frames."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Dict, Iterator, List, Optional, Tuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from lightweight_openpose.poses.oks import oks
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.ranged import ranged
from lightweight_openpose.poses.skeleton import Skeleton

from .appearance import color_regions, region_colors
from .one_euro import OneEuro
from .scene_cut import SceneCut
from .track import Track, similarities

TENTATIVE_LOST = 2  # frames that a person without an id may be unseen
# A new pose as close as this to a person of the frame is a second finding of that person.
DUPLICATE_OKS = 0.5
DUPLICATE_TOLERANCE = 3.0  # times the sigma of OKS


@dataclass(frozen=True)
class TrackerConfig:
    """What the tracker takes for the same person, and for a person at all."""

    max_lost: int = ranged(30, 0, 10000)  # frames that an id survives unseen
    min_hits: int = ranged(2, 1, 1000)  # frames in which a person is found before an id is given
    new_score: float = ranged(0.15, 0.0, 1.0)  # lowest score of a person who may get a new id
    # Lowest likeness (OKS times that of the colours) of the same person in two frames.
    min_similarity: float = ranged(0.1, 0.001, 1.0)
    smoothing: bool = True  # One Euro filter on the joints
    min_cutoff: float = ranged(1.5, 0.01, 1000.0)  # [Hz] of that filter; lower is smoother at rest
    # [Hz] that the cutoff gains per body length per second; higher lags less in motion.
    beta: float = ranged(10.0, 0.0, 1000.0)


class Tracker:
    """Gives the poses of each frame ids that stay with the person.

    Ids are never used twice until reset. Who is who is decided for all people of a frame at once
    (optimal assignment) by the OKS between the joints found and those predicted from the person's
    motion, and, where the image is given, by the colours of the clothes. When the whole image
    changes, nobody is continued.
    """

    def __init__(self, skeleton: Skeleton, config: TrackerConfig = TrackerConfig()):
        self.config = config
        self._sigmas = np.asarray(skeleton.sigmas)
        self._regions = color_regions(skeleton)
        self._scene = SceneCut()
        self.reset()

    def reset(self) -> None:
        """Forget everybody; ids start again at 0."""
        self._tracks: List[Track] = []
        self._filters: Dict[int, OneEuro] = {}
        self._next_id = 0
        self._stamp: Optional[float] = None
        self._scene.reset()

    def update(
        self, poses: List[Pose], stamp: float, image: Optional[np.ndarray] = None
    ) -> List[Pose]:
        """The same poses with ids and, where on, smoothed joints.

        track_id is -1 for who is not sure to be a person yet. stamp: [s]; when it goes back,
        reset() comes first. image: BGR (H, W, 3) uint8 in which the poses were found; where it
        shows another scene than the one before, ids end and new ones begin.
        """
        if self._stamp is not None and stamp < self._stamp:
            self.reset()
        self._stamp = stamp
        if image is not None and self._scene.update(image):
            self._tracks = []
            self._filters = {}
        colors = self._colors(poses, image)
        matches = dict(self._match(poses, stamp, colors))
        for track in self._tracks:
            track.lost += 1
        for i, track in matches.items():
            track.absorb(poses[i], stamp, colors[i])
        for i, pose in enumerate(poses):
            if i not in matches and self._is_new(pose):
                matches[i] = Track(pose, stamp, colors[i])
                self._tracks.append(matches[i])
        self._give_ids()
        self._forget()
        ids = [matches[i].track_id if i in matches else -1 for i in range(len(poses))]
        return [self._finish(pose, track_id, stamp) for pose, track_id in zip(poses, ids)]

    def _colors(self, poses, image) -> np.ndarray:
        """(poses, regions, 3) Lab, NaN without an image."""
        if image is None:
            return np.full((len(poses), len(self._regions), 3), np.nan)
        return region_colors(image, poses, self._regions)

    def _match(self, poses, stamp, colors) -> Iterator[Tuple[int, Track]]:
        """Indices of poses and the tracks that they continue."""
        if not poses or not self._tracks:
            return
        predicted = [track.predict(stamp) for track in self._tracks]
        similarity = similarities(self._tracks, predicted, poses, colors, self._sigmas)
        similarity[similarity < self.config.min_similarity] = 0
        weak = np.array([pose.score < self.config.new_score for pose in poses])
        # Parts of people come last: they may not take the id of somebody seen well.
        for group in (~weak, weak):
            rows = np.flatnonzero(group)
            for i, j in zip(*linear_sum_assignment(similarity[rows], maximize=True)):
                if similarity[rows[i], j] > 0:
                    yield rows[i], self._tracks[j]
                    similarity[:, j] = 0

    def _is_new(self, pose) -> bool:
        """A pose that continues no track is a person, and not one of the frame found twice."""
        if pose.score < self.config.new_score:
            return False
        sigmas = DUPLICATE_TOLERANCE * self._sigmas
        for track in self._tracks:
            if track.lost == 0:
                area = max(track.area, pose.area)
                if oks(track.keypoints, pose.keypoints, sigmas, area) >= DUPLICATE_OKS:
                    return False
        return True

    def _give_ids(self):
        for track in self._tracks:
            if track.track_id < 0 and track.hits >= self.config.min_hits:
                track.track_id = self._next_id
                self._next_id += 1

    def _forget(self):
        """Drop who was unseen too long, with the filters."""
        self._tracks = [track for track in self._tracks if track.lost <= self._patience(track)]
        alive = {track.track_id for track in self._tracks}
        self._filters = {k: f for k, f in self._filters.items() if k in alive}

    def _patience(self, track) -> int:
        """Frames that a track may be unseen."""
        return self.config.max_lost if track.track_id >= 0 else TENTATIVE_LOST

    def _finish(self, pose, track_id, stamp) -> Pose:
        if track_id < 0 or not self.config.smoothing:
            return replace(pose, track_id=track_id)
        if track_id not in self._filters:
            config = self.config
            self._filters[track_id] = OneEuro(len(pose.keypoints), config.min_cutoff, config.beta)
        keypoints = pose.keypoints.copy()
        size = np.sqrt(pose.area)
        keypoints[:, :2] = self._filters[track_id](pose.keypoints[:, :2].astype(float), stamp, size)
        return replace(pose, keypoints=keypoints, track_id=track_id)

"""Ids that stay with people over frames."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Dict, List, Optional

import numpy as np
from scipy.optimize import linear_sum_assignment

from lightweight_openpose.poses.oks import box_area, oks
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import Skeleton

from .appearance import colour_regions, region_colours
from .one_euro import OneEuro
from .track import Track, similarities

TENTATIVE_LOST = 2    # frames that a person without an id may be unseen
DUPLICATE_OKS = 0.5   # a new pose as close as this to a person of the frame is a second finding of that person
DUPLICATE_TOLERANCE = 3.0


@dataclass(frozen=True)
class TrackerConfig:
    """max_lost: frames that an id survives unseen; min_similarity: lowest likeness of the same person in two frames;
    min_hits: frames in which a person is found before an id is given; new_score: lowest score of a person who may get
    a new id; smoothing: One Euro filter on; min_cutoff [Hz]: lower is smoother at rest; beta: cutoff [Hz] gained per
    body length per second, higher lags less in motion.
    """

    max_lost: int = 30
    min_similarity: float = 0.1
    min_hits: int = 2
    new_score: float = 0.15
    smoothing: bool = True
    min_cutoff: float = 1.5
    beta: float = 10.0


class Tracker:
    """Gives the poses of each frame ids that stay with the person; ids are never used twice until reset.

    Who is who is decided for all people of a frame at once (optimal assignment) by the OKS between the joints found and
    those predicted from the person's motion, and, where the image is given, by the colours of the clothes.
    """

    def __init__(self, skeleton: Skeleton, config: TrackerConfig = TrackerConfig()):
        self.config = config
        self._sigmas = np.asarray(skeleton.sigmas)
        self._regions = colour_regions(skeleton)
        self.reset()

    def reset(self) -> None:
        """Forget everybody; ids start again at 0."""
        self._tracks: List[Track] = []
        self._filters: Dict[int, OneEuro] = {}
        self._next_id = 0
        self._stamp: Optional[float] = None

    def update(self, poses: List[Pose], stamp: float, image: Optional[np.ndarray] = None) -> List[Pose]:
        """The same poses with ids and, where on, smoothed joints; track_id is -1 for who is not sure to be a person yet.

        stamp [s]; when it goes back, reset() comes first. image: BGR (H, W, 3) uint8 in which the poses were found.
        """
        if self._stamp is not None and stamp < self._stamp:
            self.reset()
        self._stamp = stamp
        colours = self._colours(poses, image)
        matches = dict(self._match(poses, stamp, colours))
        for track in self._tracks:
            track.lost += 1
        for i, track in matches.items():
            track.absorb(poses[i], stamp, colours[i])
        for i, pose in enumerate(poses):
            if i not in matches and pose.score >= self.config.new_score and not self._duplicate(pose):
                matches[i] = Track(pose, stamp, colours[i])
                self._tracks.append(matches[i])
        for track in self._tracks:
            if track.track_id < 0 and track.hits >= self.config.min_hits:
                track.track_id, self._next_id = self._next_id, self._next_id + 1
        self._forget()
        return [self._finish(pose, matches[i].track_id if i in matches else -1, stamp) for i, pose in enumerate(poses)]

    def _colours(self, poses, image):
        if image is None:
            return np.full((len(poses), len(self._regions), 3), np.nan)
        return region_colours(image, poses, self._regions)

    def _match(self, poses, stamp, colours):
        if not poses or not self._tracks:
            return
        predicted = [t.predict(stamp) for t in self._tracks]
        similarity = similarities(self._tracks, predicted, poses, colours, self._sigmas)
        similarity[similarity < self.config.min_similarity] = 0
        weak = np.array([pose.score < self.config.new_score for pose in poses])
        for group in (~weak, weak):  # parts of people come last: they may not take the id of somebody seen well
            rows = np.flatnonzero(group)
            for i, j in zip(*linear_sum_assignment(similarity[rows], maximize=True)):
                if similarity[rows[i], j] > 0:
                    yield rows[i], self._tracks[j]
                    similarity[:, j] = 0

    def _duplicate(self, pose):
        return any(t.lost == 0 and DUPLICATE_OKS <= oks(
            t.keypoints, pose.keypoints, DUPLICATE_TOLERANCE * self._sigmas, max(t.area, box_area(pose.keypoints)))
            for t in self._tracks)

    def _forget(self):
        self._tracks = [t for t in self._tracks
                        if t.lost <= (self.config.max_lost if t.track_id >= 0 else TENTATIVE_LOST)]
        alive = {t.track_id for t in self._tracks}
        self._filters = {k: f for k, f in self._filters.items() if k in alive}

    def _finish(self, pose, track_id, stamp):
        if track_id < 0 or not self.config.smoothing:
            return replace(pose, track_id=track_id)
        if track_id not in self._filters:
            self._filters[track_id] = OneEuro(len(pose.keypoints), self.config.min_cutoff, self.config.beta)
        keypoints = pose.keypoints.copy()
        size = np.sqrt(box_area(keypoints))
        keypoints[:, :2] = self._filters[track_id](pose.keypoints[:, :2].astype(float), stamp, size)
        return replace(pose, keypoints=keypoints, track_id=track_id)

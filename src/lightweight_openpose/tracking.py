"""Stable ids and smooth joints over frames."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import List, Optional

import numpy as np
from scipy.optimize import linear_sum_assignment

from .pose import Pose
from .skeleton import Skeleton


def oks(a: np.ndarray, b: np.ndarray, sigmas: np.ndarray) -> float:
    """Object keypoint similarity in [0, 1] of two (K, 3) keypoint sets over the joints that both have.

    As in the COCO evaluation: exp(-d^2 / (2 s^2 (2 sigma)^2)), s^2 the area of the larger of the two boxes. 0 when
    they have no joint in common.
    """
    common = (a[:, 2] > 0) & (b[:, 2] > 0)
    if not common.any():
        return 0.0
    area = max(_area(a), _area(b), 1.0)
    distance2 = ((a[common, :2] - b[common, :2]) ** 2).sum(1)
    return float(np.exp(-distance2 / (2 * area * (2 * sigmas[common]) ** 2)).mean())


def _area(keypoints):
    xy = keypoints[keypoints[:, 2] > 0, :2]
    width, height = xy.max(0) - xy.min(0)
    # A body seen edge-on or a lone line of joints still has an extent.
    return float(max(width, 0.3 * height) * max(height, 0.3 * width))


@dataclass(frozen=True)
class TrackerConfig:
    """max_lost: frames that an id survives unseen; min_similarity: lowest OKS of the same person in two frames;
    smoothing: One Euro filter on; min_cutoff [Hz]: lower is smoother at rest; beta: cutoff [Hz] gained per body length
    per second, higher lags less in motion.
    """

    max_lost: int = 15
    min_similarity: float = 0.1
    smoothing: bool = True
    min_cutoff: float = 1.5
    beta: float = 10.0


class OneEuro:
    """One Euro filter (Casiez, Roussel, Vogel, CHI 2012) of (K, 2) positions on real time stamps."""

    _SPEED_CUTOFF = 1.0  # Hz, of the filter on the speed, as in the paper

    def __init__(self, count: int, min_cutoff: float, beta: float):
        self._min_cutoff, self._beta = min_cutoff, beta
        self._value = np.full((count, 2), np.nan)
        self._speed = np.zeros((count, 2))
        self._stamp: Optional[float] = None

    def __call__(self, xy: np.ndarray, stamp: float, size: float) -> np.ndarray:
        """Filtered copy of xy [px] at stamp [s]; NaN rows stay NaN. size [px] makes speeds comparable."""
        dt = 0.0 if self._stamp is None else stamp - self._stamp
        fresh = np.isnan(self._value[:, 0])
        if dt > 0:
            speed = np.where(fresh[:, None], 0, (xy - self._value) / dt)
            a = _alpha(self._SPEED_CUTOFF, dt)
            self._speed += a * (np.nan_to_num(speed) - self._speed)
            cutoff = self._min_cutoff + self._beta * np.linalg.norm(self._speed, axis=1) / max(size, 1.0)
            smooth = self._value + _alpha(cutoff, dt)[:, None] * (xy - self._value)
        else:
            smooth = xy if self._stamp is None else self._value
        self._value = np.where(fresh[:, None] | np.isnan(xy), xy, smooth)
        self._speed[np.isnan(self._value[:, 0])] = 0
        self._stamp = stamp
        return self._value.copy()


def _alpha(cutoff, dt):
    tau = 1 / (2 * np.pi * cutoff)
    return 1 / (1 + tau / dt)


@dataclass
class _Track:
    track_id: int
    keypoints: np.ndarray
    filter: OneEuro
    lost: int = 0


class Tracker:
    """Gives the poses of each frame ids that stay with the person; ids are never used twice until reset."""

    def __init__(self, skeleton: Skeleton, config: TrackerConfig = TrackerConfig()):
        self.config = config
        self._sigmas = np.asarray(skeleton.sigmas)
        self.reset()

    def reset(self) -> None:
        """Forget everybody; ids start again at 0."""
        self._tracks: List[_Track] = []
        self._next_id = 0
        self._stamp: Optional[float] = None

    def update(self, poses: List[Pose], stamp: float) -> List[Pose]:
        """The same poses with ids and, where on, smoothed joints. stamp [s]; when it goes back, reset() comes first."""
        if self._stamp is not None and stamp < self._stamp:
            self.reset()
        self._stamp = stamp
        tracks = dict(self._match(poses))
        matched = {id(t) for t in tracks.values()}
        for track in self._tracks:
            track.lost = 0 if id(track) in matched else track.lost + 1
        self._tracks = [t for t in self._tracks if t.lost <= self.config.max_lost]
        return [self._advance(pose, tracks.get(i), stamp) for i, pose in enumerate(poses)]

    def _match(self, poses):
        if not poses or not self._tracks:
            return
        similarity = np.array([[oks(t.keypoints, p.keypoints, self._sigmas) for t in self._tracks] for p in poses])
        for i, j in zip(*linear_sum_assignment(similarity, maximize=True)):
            if similarity[i, j] >= self.config.min_similarity:
                yield i, self._tracks[j]

    def _advance(self, pose, track, stamp):
        if track is None:
            track = _Track(self._next_id, pose.keypoints,
                           OneEuro(len(pose.keypoints), self.config.min_cutoff, self.config.beta))
            self._next_id += 1
            self._tracks.append(track)
        track.keypoints = pose.keypoints
        if not self.config.smoothing:
            return replace(pose, track_id=track.track_id)
        keypoints = pose.keypoints.copy()
        size = np.sqrt(_area(keypoints)) if pose.num_keypoints else 1.0
        keypoints[:, :2] = track.filter(pose.keypoints[:, :2].astype(float), stamp, size)
        return replace(pose, keypoints=keypoints, track_id=track.track_id)

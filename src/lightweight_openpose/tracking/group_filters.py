"""Smooth hands and faces over frames."""

from __future__ import annotations

from typing import Dict, List, Sequence, Set

import numpy as np

from lightweight_openpose.poses import GROUPS, Pose
from lightweight_openpose.poses.oks import extents

from .one_euro import OneEuro


class GroupFilters:
    """One Euro filters on the points that people have next to their joints, a row per track."""

    def __init__(self, min_cutoff: float, beta: float):
        """No track yet. As those of OneEuro; beta is per size of the hand or face."""
        self._filters = {name: OneEuro(n, min_cutoff, beta) for name, n in GROUPS.items()}
        self._seen: Set[str] = set()  # groups that somebody had in the last frame

    def add(self, count: int) -> None:
        """That many tracks more, behind the others."""
        for one_euro in self._filters.values():
            one_euro.add(count)

    def keep(self, rows: np.ndarray) -> None:
        """Forget all other tracks. rows: bool, one per track."""
        for one_euro in self._filters.values():
            one_euro.keep(rows)

    def __call__(
        self, rows: np.ndarray, poses: Sequence[Pose], stamp: float
    ) -> List[Dict[str, np.ndarray]]:
        """The groups of each pose by name, smoothed. rows: tracks of the poses; stamp: [s].

        A group that was not found has no memory: the next one found stays where it is.
        """
        smooth: List[Dict[str, np.ndarray]] = [{} for _ in poses]
        for name in GROUPS:
            having = [i for i, pose in enumerate(poses) if getattr(pose, name) is not None]
            if having or name in self._seen:
                points = self._smooth(name, rows, having, poses, stamp)
                for i in having:
                    smooth[i][name] = points[i]
            self._seen = self._seen | {name} if having else self._seen - {name}
        return smooth

    def _smooth(
        self, name: str, rows: np.ndarray, having: List[int], poses: Sequence[Pose], stamp: float
    ) -> np.ndarray:
        """(N, K, 3) of the group, NaN of those who do not have it."""
        points = np.full((len(poses), GROUPS[name], 3), np.nan, np.float32)
        points[..., 2] = 0
        for i in having:
            points[i] = getattr(poses[i], name)
        points[..., :2] = self._filters[name](rows, points[..., :2], stamp, _sizes(points))
        return points


def _sizes(points: np.ndarray) -> np.ndarray:
    """(N,) longer sides of the boxes [px]: that of a face that turns aside keeps its height."""
    low, high = extents(points)
    return np.where(low[0] <= high[0], (high - low).max(0), 0)

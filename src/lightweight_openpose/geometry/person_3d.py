"""One person (or object) in metres."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict

import numpy as np

from .rigid_transform import RigidTransform


def _unknown() -> np.ndarray:
    return np.full(3, np.nan)


@dataclass(frozen=True, eq=False)
class Person3D:
    """Joints of a person in one frame, and where the whole of it is."""

    track_id: int  # -1 while it is not sure
    score: float  # confidence of the person in [0, 1]
    # (K, 4) float64, one row [x m, y m, z m, score] per joint of the skeleton; NaN where the joint
    # has no place.
    keypoints: np.ndarray
    position: np.ndarray  # (3,) [m] as body.body_position gives it; NaN without any
    covariance: np.ndarray  # (3, 3) [m^2] of the position
    # Those of group_lifting.LIFTED that were found, by name: (n, 4) likewise.
    groups: Dict[str, np.ndarray] = field(default_factory=dict)
    velocity: np.ndarray = field(default_factory=_unknown)  # (3,) [m/s]; NaN where unknown

    @property
    def num_keypoints(self) -> int:
        """Number of joints with a place."""
        return int(np.isfinite(self.keypoints[:, 2]).sum())

    def moved(self, place: RigidTransform) -> Person3D:
        """The same person in another frame, where the velocity is not known yet."""
        return Person3D(
            self.track_id,
            self.score,
            _moved(self.keypoints, place),
            place.apply(self.position),
            place.covariance(self.covariance),
            {name: _moved(points, place) for name, points in self.groups.items()},
        )


def _moved(points: np.ndarray, place: RigidTransform) -> np.ndarray:
    return np.column_stack([place.apply(points[:, :3]), points[:, 3]])

"""From one frame into another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class RigidTransform:
    """What is at p in the one frame is at rotation @ p + translation in the other."""

    rotation: np.ndarray  # (3, 3)
    translation: np.ndarray  # (3,) [m]

    @classmethod
    def identity(cls) -> RigidTransform:
        """That changes nothing."""
        return cls(np.eye(3), np.zeros(3))

    def then(self, other: RigidTransform) -> RigidTransform:
        """This one and then another."""
        return RigidTransform(other.rotation @ self.rotation, other.apply(self.translation))

    @property
    def inverse(self) -> RigidTransform:
        """The way back."""
        return RigidTransform(self.rotation.T, -self.rotation.T @ self.translation)

    def apply(self, points: np.ndarray) -> np.ndarray:
        """(..., 3) points [m] -> the same in the other frame; NaN stays NaN."""
        return points @ self.rotation.T + self.translation

    def covariance(self, covariance: np.ndarray) -> np.ndarray:
        """(3, 3) covariance of a point -> that of the point in the other frame."""
        return self.rotation @ covariance @ self.rotation.T

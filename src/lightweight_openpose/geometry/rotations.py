"""Rotations and matrices by what the SciPy of every supported system has (1.3 on)."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation


def matrix_of(rotation: Rotation) -> np.ndarray:
    """(3, 3) matrix of a rotation."""
    return rotation.apply(np.eye(3)).T


def rotation_of(matrix: np.ndarray) -> Rotation:
    """Rotation of a (3, 3) matrix."""
    make = getattr(Rotation, "from_matrix", None) or Rotation.from_dcm  # its name before SciPy 1.4
    return make(matrix)


def aligning(points: np.ndarray, others: np.ndarray) -> Rotation:
    """Rotation that brings others (N, 3) as near as it can to points (N, 3), both about the origin.

    By least squares: Kabsch, Acta Crystallographica A32 (1976).
    """
    left, _, right = np.linalg.svd(points.T @ others)
    left[:, 2] *= np.linalg.det(left @ right)  # no reflection
    return rotation_of(left @ right)

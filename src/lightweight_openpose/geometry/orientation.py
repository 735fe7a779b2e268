"""Where a head or object points, and its angles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Tuple, Union

import numpy as np
from scipy.spatial.transform import Rotation

from .rigid_transform import RigidTransform
from .rotations import matrix_of, rotation_of

# Columns: head axes in the optical frame for a face that looks along -z, into the camera.
_FRONTAL = np.array([[0.0, 1, 0], [0, 0, -1], [-1, 0, 0]])
_MIN_COSINE = 1e-3  # of the pitch in angle_axes(), which has no inverse where it is 0


@dataclass(frozen=True)
class Orientation:
    """Position and orientation of a head or of a user's object in the optical frame."""

    rotation: np.ndarray  # (3, 3), columns are its own axes: x forward, y left, z up
    translation: np.ndarray  # (3,) [m] of its origin; of a head the point between the eyes
    yaw: float  # [rad]
    pitch: float  # [rad]
    roll: float  # [rad]
    reprojection_error: float  # rms [px]
    num_keypoints: int  # that were used
    # [rad] standard deviations of yaw, pitch, roll; NaN where they are not known
    angle_stddev: Tuple[float, float, float] = (math.nan, math.nan, math.nan)

    @classmethod
    def of(
        cls, rotation: np.ndarray, translation: np.ndarray, error: float, count: int
    ) -> Orientation:
        """Orientation with the angles that the rotation has for somebody at the camera."""
        yaw, pitch, roll = angles_of(rotation, translation)
        return cls(rotation, translation, yaw, pitch, roll, error, count)

    @property
    def place(self) -> RigidTransform:
        """From its own axes to the optical frame."""
        return RigidTransform(self.rotation, self.translation)


def line_of_sight(translation: np.ndarray) -> np.ndarray:
    """(3, 3) smallest rotation that takes the optical axis to the direction of translation."""
    direction = translation / np.linalg.norm(translation)
    axis = np.cross([0, 0, 1.0], direction)
    sine = np.linalg.norm(axis)
    if sine < 1e-12:
        return np.eye(3)
    return matrix_of(Rotation.from_rotvec(axis / sine * np.arctan2(sine, direction[2])))


def rotation_from_angles(
    yaw: float,
    pitch: float,
    roll: float,
    translation: Union[np.ndarray, Tuple[float, float, float]] = (0, 0, 1),
) -> np.ndarray:
    """(3, 3) rotation in the optical frame for angles [rad] of a head at translation.

    The inverse of angles_of.
    """
    turn = matrix_of(Rotation.from_euler("ZYX", [yaw, pitch, roll]))
    return line_of_sight(np.asarray(translation, float)) @ _FRONTAL @ turn


def angles_of(rotation: np.ndarray, translation: np.ndarray) -> Tuple[float, float, float]:
    """yaw, pitch, roll [rad] of a head; yaw and roll in (-pi, pi], pitch in [-pi/2, pi/2]."""
    turn = _FRONTAL.T @ line_of_sight(np.asarray(translation, float)).T @ rotation
    yaw, pitch, roll = rotation_of(turn).as_euler("ZYX")
    return float(yaw), float(pitch), float(roll)


def angle_axes(rotation: np.ndarray, translation: np.ndarray) -> np.ndarray:
    """(3, 3) columns: the small turn in the optical frame by a small change of yaw, pitch, roll.

    Of a head with this rotation at translation. It has an inverse for any rotation.
    """
    _, pitch, roll = angles_of(rotation, translation)
    sine, cosine = np.sin(roll), np.cos(roll)
    level = max(np.cos(pitch), _MIN_COSINE)
    by_yaw = (-np.sin(pitch), level * sine, level * cosine)
    by_pitch = (0, cosine, -sine)
    by_roll = (1, 0, 0)
    return rotation @ np.transpose([by_yaw, by_pitch, by_roll])

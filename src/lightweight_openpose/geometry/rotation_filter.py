"""Steady rotations of a head over frames."""

from __future__ import annotations

from dataclasses import replace
from typing import Optional, Set

import numpy as np
from scipy.spatial.transform import Rotation

from .head_model import HEAD_KEYPOINTS
from .orientation import Orientation, angle_axes, angles_of
from .rotations import matrix_of, rotation_of

# Rows of the state: a small turn [rad] about the head's own axes, its angular velocity [rad/s], and
# the lasting errors [rad] of solutions from joints and from landmarks of the face.
_TURN, _SPEED = slice(0, 3), slice(3, 6)
_JOINTS, _LANDMARKS = slice(6, 9), slice(9, 12)
_SIZE = 12
# Share of a solution's deviation that is noise of one frame. The rest lasts.
_NOISE = 0.4
_LASTS = 10.0  # s, time constant of the lasting error
# Root of the power of the white angular acceleration [rad/s^1.5]: of a head at rest, and how many
# times more is tried, how often, while an innovation is larger than one of 40 at rest (chi-square).
_AT_REST, _MORE, _TRIES = 0.1, 4.0, 5
_LARGE = 9.35
_FIRST_SPEED = 1.0  # rad/s, standard deviation of the angular velocity of a new head
_SMALLEST = np.radians(0.2)  # deviation that any solution has
_JUMP = 5.0  # standard deviations of a solution, beyond which it is of something else
_GAP = 0.5  # s without a solution, after which nothing is known of the head


class RotationFilter:
    """Kalman filter of the rotation of one head, on real time stamps.

    The state is a rotation and an angular velocity. Its error is a small turn and not angles, so
    that there is neither a wrap nor a gimbal lock (error-state filter: Sola, "Quaternion kinematics
    for the error-state Kalman filter", 2017).

    The standard deviations of a solution's angles are its measurement noise. Most of it lasts: a
    network puts an ear too far back in one frame as in the next. So the lasting errors of solutions
    from joints and of those from the face are states of their own. Thus a head does not jump when
    its face is found in some frames only, and deviations do not fall with every frame. Where a head
    at rest does not explain what is measured, more acceleration is allowed (adjustable process
    noise: Bar-Shalom, Li, Kirubarajan, "Estimation with Applications to Tracking and Navigation",
    2001).
    """

    def __init__(self) -> None:
        """Nothing has been seen yet."""
        self._stamp: Optional[float] = None

    def __call__(self, measured: Orientation, stamp: float) -> Orientation:
        """The measured orientation with rotation, angles and their deviations filtered.

        stamp: [s]. A gap, time that goes back and a jump far beyond the noise start the filter
        again. What is measured at the stamp of the one before, or without known deviations, is
        returned as it is.
        """
        if stamp == self._stamp or not np.isfinite(measured.angle_stddev).all():
            return measured
        error = _covariance(measured)
        source = _JOINTS if measured.num_keypoints <= len(HEAD_KEYPOINTS) else _LANDMARKS
        elapsed = np.inf if self._stamp is None else stamp - self._stamp
        if not 0 < elapsed <= _GAP or not self._update(measured, error, source, elapsed):
            self._begin(measured, error, source)
        self._stamp = stamp
        return self._filtered(measured)

    def _begin(self, measured: Orientation, error: np.ndarray, source: slice) -> None:
        self._rotation = rotation_of(measured.rotation)
        self._mean = np.zeros(_SIZE)  # its turn is 0: that is in the rotation
        self._covariance = np.zeros((_SIZE, _SIZE))
        self._lasting = np.zeros((_SIZE, _SIZE))  # [rad^2] what is known of the errors beforehand
        self._sources: Set[int] = set()
        self._meet(error, source)
        self._covariance[_SPEED, _SPEED] = _FIRST_SPEED**2 * np.eye(3)
        self._covariance[_TURN, _TURN] = error
        # What is measured is the rotation with the lasting error, and noise.
        lasting = self._lasting[source, source]
        self._covariance[_TURN, source] = self._covariance[source, _TURN] = -lasting

    def _meet(self, error: np.ndarray, source: slice) -> None:
        """Solutions of a source have errors of this covariance from now on."""
        lasting = (1 - _NOISE**2) * error
        self._lasting[source, source] = lasting
        if source.start not in self._sources:
            self._sources.add(source.start)
            self._covariance[source, source] = lasting

    def _update(
        self, measured: Orientation, error: np.ndarray, source: slice, elapsed: float
    ) -> bool:
        """Whether what is measured continues the head; if so, the state takes it in."""
        self._meet(error, source)
        self._move(elapsed)
        apart = (self._rotation.inv() * rotation_of(measured.rotation)).as_rotvec()
        innovation = apart - self._mean[source]
        seen = np.zeros((3, _SIZE))
        seen[:, _TURN] = seen[:, source] = np.eye(3)
        noise = _NOISE**2 * error
        covariance = self._explaining(innovation, seen, noise, elapsed)
        if _squared(innovation, covariance[_TURN, _TURN] + error) > _JUMP**2:
            return False
        gain = np.linalg.solve(seen @ covariance @ seen.T + noise, seen @ covariance).T
        self._mean = self._mean + gain @ innovation
        self._rotation = self._rotation * Rotation.from_rotvec(self._mean[_TURN])
        self._mean[_TURN] = 0
        left = np.eye(_SIZE) - gain @ seen
        # Joseph's form stays symmetric and positive.
        self._covariance = left @ covariance @ left.T + gain @ noise @ gain.T
        return True

    def _explaining(
        self, innovation: np.ndarray, seen: np.ndarray, noise: np.ndarray, elapsed: float
    ) -> np.ndarray:
        """The covariance after a time [s] with as much acceleration as the innovation asks for."""
        acceleration = _AT_REST
        for _ in range(_TRIES):
            covariance = self._grown(elapsed, acceleration)
            if _squared(innovation, seen @ covariance @ seen.T + noise) <= _LARGE:
                break
            acceleration *= _MORE
        return covariance

    def _move(self, elapsed: float) -> None:
        """The state after a time [s]."""
        self._rotation = self._rotation * Rotation.from_rotvec(elapsed * self._mean[_SPEED])
        self._mean[_JOINTS] *= np.exp(-elapsed / _LASTS)
        self._mean[_LANDMARKS] *= np.exp(-elapsed / _LASTS)

    def _grown(self, elapsed: float, acceleration: float) -> np.ndarray:
        """The covariance of the state after a time [s]."""
        kept = np.exp(-elapsed / _LASTS)
        step = np.diag([1.0] * 6 + [kept] * 6)
        step[_TURN, _SPEED] = elapsed * np.eye(3)
        covariance = step @ self._covariance @ step.T + (1 - kept**2) * self._lasting
        moved = np.array([[elapsed**3 / 3, elapsed**2 / 2], [elapsed**2 / 2, elapsed]])
        covariance[:6, :6] += acceleration**2 * np.kron(moved, np.eye(3))
        return covariance

    def _filtered(self, measured: Orientation) -> Orientation:
        rotation = matrix_of(self._rotation)
        yaw, pitch, roll = angles_of(rotation, measured.translation)
        by = np.linalg.inv(angle_axes(rotation, measured.translation)) @ rotation
        deviations = np.sqrt(np.diag(by @ self._covariance[_TURN, _TURN] @ by.T))
        return replace(
            measured,
            rotation=rotation,
            yaw=yaw,
            pitch=pitch,
            roll=roll,
            angle_stddev=tuple(deviations.tolist()),
        )


def _squared(innovation: np.ndarray, covariance: np.ndarray) -> float:
    """The innovation's square in standard deviations (Mahalanobis)."""
    return float(innovation @ np.linalg.solve(covariance, innovation))


def _covariance(measured: Orientation) -> np.ndarray:
    """(3, 3) [rad^2] of a small turn about the head's axes by the deviations of its angles."""
    axes = measured.rotation.T @ angle_axes(measured.rotation, measured.translation)
    axes = axes * measured.angle_stddev
    return axes @ axes.T + _SMALLEST**2 * np.eye(3)

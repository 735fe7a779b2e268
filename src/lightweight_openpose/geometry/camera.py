"""A pinhole camera: pixels to rays and points to pixels.

In its optical frame: z forward, x right, y down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional, Tuple

import cv2
import numpy as np

_BEYOND = 1e5  # px; nothing drawn that far from the image can be seen
AXES = 0.2  # m; length of the axes of a head to draw


def _no_distortion() -> np.ndarray:
    return np.zeros(5)


@dataclass(frozen=True, eq=False)
class Camera:
    """Intrinsics of the camera of one image."""

    matrix: np.ndarray  # (3, 3) [px]
    distortion: np.ndarray = field(default_factory=_no_distortion)  # OpenCV's coefficients
    assumed: bool = False  # not calibrated: the matrix is that of an ideal camera

    @classmethod
    def assumed_for(cls, width: int, height: int, horizontal_fov: float) -> Camera:
        """Ideal camera with this horizontal field of view [rad] and centred principal point."""
        focal_length = width / 2 / np.tan(horizontal_fov / 2)
        centre_x = (width - 1) / 2
        centre_y = (height - 1) / 2
        matrix = np.array([[focal_length, 0, centre_x], [0, focal_length, centre_y], [0, 0, 1]])
        return cls(matrix, assumed=True)

    @property
    def usable(self) -> bool:
        """False without a finite matrix of positive focal lengths."""
        matrix = np.asarray(self.matrix, float)
        return bool(np.isfinite(matrix).all() and matrix[0, 0] > 0 and matrix[1, 1] > 0)

    def rays(self, xy: np.ndarray) -> np.ndarray:
        """(N, 2) pixels -> (N, 2) x/z and y/z in the optical frame (NaN stays NaN)."""
        result = np.full((len(xy), 2), np.nan)
        found = np.isfinite(xy).all(1)
        if found.any():
            pixels = np.asarray(xy[found], np.float64).reshape(-1, 1, 2)
            matrix = np.asarray(self.matrix, float)
            result[found] = cv2.undistortPoints(pixels, matrix, self.distortion).reshape(-1, 2)
        return result

    def project(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) points in the optical frame -> (N, 2) pixels; meaningful for z > 0."""
        no_turn = np.zeros(3)
        points = np.asarray(points, np.float64)
        pixels = cv2.projectPoints(points, no_turn, no_turn, self.matrix, self.distortion)[0]
        return pixels.reshape(-1, 2)


def head_axes(
    rotation: np.ndarray, translation: np.ndarray, camera: Camera, length: float = AXES
) -> Optional[Tuple[np.ndarray, np.ndarray]]:
    """Origin (2,) and axis ends (3, 2) [px] of a head to draw; length of the axes [m].

    None behind the camera and far outside the image.
    """
    points = np.vstack([np.zeros(3), np.eye(3) * length]) @ np.asarray(rotation).T + translation
    if not (points[:, 2] > 0.01).all():
        return None
    pixels = camera.project(points)
    return (pixels[0], pixels[1:]) if np.abs(pixels).max() < _BEYOND else None

"""A camera, pinhole or fisheye: pixels to rays and points to pixels.

In its optical frame: z forward, x right, y down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional, Sequence, Tuple

import cv2
import numpy as np

from .undistortion import fisheye_rays, pinhole_rays

_BEYOND = 1e5  # px; nothing drawn that far from the image can be seen
AXES = 0.2  # m; length of the axes of a head to draw

# Names of sensor_msgs/distortion_models.h -> how many coefficients OpenCV's functions take of each.
_PINHOLE = (0, 4, 5, 8, 12, 14)
MODELS = {"plumb_bob": _PINHOLE, "rational_polynomial": _PINHOLE, "equidistant": (0, 4)}


def _no_distortion() -> np.ndarray:
    return np.zeros(5)


@dataclass(frozen=True, eq=False)
class Camera:
    """Intrinsics of the camera of one image."""

    matrix: np.ndarray  # (3, 3) [px]
    distortion: np.ndarray = field(default_factory=_no_distortion)  # OpenCV's coefficients
    fisheye: bool = False  # the coefficients are those of cv2.fisheye, "equidistant" in ROS
    assumed: bool = False  # not calibrated: the matrix is that of an ideal camera

    @classmethod
    def assumed_for(cls, width: int, height: int, horizontal_fov: float) -> Camera:
        """Ideal camera with this horizontal field of view [rad] and centred principal point."""
        focal_length = width / 2 / np.tan(horizontal_fov / 2)
        centre_x = (width - 1) / 2
        centre_y = (height - 1) / 2
        matrix = np.array([[focal_length, 0, centre_x], [0, focal_length, centre_y], [0, 0, 1]])
        return cls(matrix, assumed=True)

    @classmethod
    def calibrated(cls, matrix: np.ndarray, coefficients: Sequence[float], model: str) -> Camera:
        """Camera of a calibration by its (3, 3) matrix [px] and distortion model.

        No name is plumb_bob, no coefficients are those of an ideal lens. Raises ValueError.
        """
        counts = MODELS.get(model or "plumb_bob")
        if counts is None:
            raise ValueError(f"distortion_model {model!r}: known are {', '.join(MODELS)}")
        if len(coefficients) not in counts:
            allowed = " or ".join(str(count) for count in counts if count)
            raise ValueError(
                f"{len(coefficients)} coefficients of the model {model}, expected {allowed}"
            )
        fisheye = model == "equidistant"
        distortion = np.array(coefficients, float)
        if not len(distortion):
            distortion = np.zeros(4) if fisheye else _no_distortion()
        return cls(np.asarray(matrix, float), distortion, fisheye)

    @property
    def usable(self) -> bool:
        """False without a finite matrix of positive focal lengths."""
        matrix = np.asarray(self.matrix, float)
        return bool(np.isfinite(matrix).all() and matrix[0, 0] > 0 and matrix[1, 1] > 0)

    def rays(self, xy: np.ndarray) -> np.ndarray:
        """(N, 2) pixels -> (N, 2) x/z and y/z in the optical frame.

        NaN stays NaN, and a pixel becomes NaN to which no ray in front of this lens leads.
        """
        result = np.full((len(xy), 2), np.nan)
        found = np.isfinite(xy).all(1)
        if found.any():
            rays_of = fisheye_rays if self.fisheye else pinhole_rays
            pixels = np.asarray(xy[found], np.float64)
            result[found] = rays_of(pixels, np.asarray(self.matrix, float), self.distortion)
        return result

    def ideal(self, xy: np.ndarray) -> np.ndarray:
        """(N, 2) pixels -> those of the same camera without distortion (see `rays`)."""
        matrix = np.asarray(self.matrix, float)
        return self.rays(xy) * np.diag(matrix)[:2] + matrix[:2, 2]

    def project(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) points in the optical frame -> (N, 2) pixels; meaningful for z > 0."""
        no_turn = np.zeros(3)
        points = np.asarray(points, np.float64)
        project = cv2.projectPoints
        if self.fisheye:
            project = cv2.fisheye.projectPoints
            points = points.reshape(-1, 1, 3)
        matrix = np.asarray(self.matrix, float)
        pixels = project(points, no_turn, no_turn, matrix, self.distortion)[0]
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

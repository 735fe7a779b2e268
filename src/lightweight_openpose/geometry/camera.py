"""A camera with a lens: pixels to rays and points to pixels.

In its optical frame: z forward, x right, y down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional, Sequence, Tuple

import numpy as np

from .lenses import PINHOLE, Lens, find_lens, known_models

_BEYOND = 1e5  # px; nothing drawn that far from the image can be seen
AXES = 0.2  # m; length of the axes of a head to draw
ASSUMED_FOV = 1.0472  # rad, 60 degrees: of a camera that is not known, as of many webcams

_NARROWEST = 5.0  # deg; opening angle of an image that somebody calibrated


def flaw_of(matrix: np.ndarray, width: float, height: float, lens: Lens = PINHOLE) -> str:
    """Why a (3, 3) matrix [px] is no calibration of images of that size [px]; "" where it may be.

    Drivers fill it with zeros, the identity or a focal length of a pixel for a camera that nobody
    calibrated.
    """
    matrix = np.asarray(matrix, float)
    if not np.isfinite(matrix).all():
        return "has numbers that are not finite"
    focal_lengths = matrix[0, 0], matrix[1, 1]
    if not min(focal_lengths) > 0:
        return "has no positive focal length"
    if not matrix[2, 2] or not matrix[:2, 2].any():
        return "has no principal point"
    for focal_length in focal_lengths:
        angle = lens.opening_angle(max(width, height) / focal_length)
        if not _NARROWEST <= angle <= lens.widest:
            return (
                f"has a focal length of {focal_length:.3g} px, an opening angle of {angle:.1f} deg"
            )
    return ""


def _no_distortion() -> np.ndarray:
    return np.zeros(5)


@dataclass(frozen=True, eq=False)
class Camera:
    """Intrinsics of the camera of one image."""

    matrix: np.ndarray  # (3, 3) [px]
    distortion: np.ndarray = field(default_factory=_no_distortion)  # of the lens
    lens: Lens = PINHOLE
    assumed: bool = False  # not calibrated: the matrix is that of an ideal camera

    @classmethod
    def assumed_for(cls, width: int, height: int, horizontal_fov: float = ASSUMED_FOV) -> Camera:
        """Ideal camera of images of this size [px] with a horizontal field of view [rad].

        Its principal point is the centre of the image.
        """
        focal_length = width / 2 / np.tan(horizontal_fov / 2)
        centre_x = (width - 1) / 2
        centre_y = (height - 1) / 2
        matrix = np.array([[focal_length, 0, centre_x], [0, focal_length, centre_y], [0, 0, 1]])
        return cls(matrix, assumed=True)

    @classmethod
    def calibrated(cls, matrix: np.ndarray, coefficients: Sequence[float], model: str) -> Camera:
        """Camera of a calibration by its (3, 3) matrix [px] and distortion model.

        No name is plumb_bob; zeros behind the coefficients that the model has, and zeros alone, are
        no fault. Raises ValueError with the remedy.
        """
        lens = find_lens(model)
        if lens is None:
            raise ValueError(
                f"distortion_model {model!r}: known are {', '.join(known_models())}; calibrate the "
                "lens with camera_calibration, a fisheye as camera type fisheye"
            )
        return cls(np.asarray(matrix, float), lens.coefficients(coefficients, model), lens)

    @property
    def usable(self) -> bool:
        """False without a finite matrix of positive focal lengths."""
        matrix = np.asarray(self.matrix, float)
        return bool(np.isfinite(matrix).all() and matrix[0, 0] > 0 and matrix[1, 1] > 0)

    def horizontal_fov(self, width: int) -> float:
        """[rad] of an image of this width [px], the lens taken for one without distortion."""
        return float(2 * np.arctan(width / 2 / self.matrix[0, 0]))

    def rays(self, xy: np.ndarray) -> np.ndarray:
        """(N, 2) pixels -> (N, 2) x/z and y/z in the optical frame.

        NaN stays NaN, and a pixel becomes NaN to which no ray in front of this lens leads.
        """
        result = np.full((len(xy), 2), np.nan)
        found = np.isfinite(xy).all(1)
        if found.any():
            pixels = np.asarray(xy[found], np.float64)
            matrix = np.asarray(self.matrix, float)
            result[found] = self.lens.rays(pixels, matrix, self.distortion)
        return result

    def ideal(self, xy: np.ndarray) -> np.ndarray:
        """(N, 2) pixels -> those of the same camera without distortion (see `rays`)."""
        matrix = np.asarray(self.matrix, float)
        return self.rays(xy) * np.diag(matrix)[:2] + matrix[:2, 2]

    def project(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) points in the optical frame -> (N, 2) pixels; meaningful for z > 0."""
        matrix = np.asarray(self.matrix, float)
        return self.lens.project(np.asarray(points, np.float64), matrix, self.distortion)

    def for_opencv(self, xy: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """(N, 2) pixels and the coefficients for functions of OpenCV that know pinholes only.

        Of another lens the pixels are those of the same camera without distortion (see `ideal`).
        """
        if self.lens.by_opencv:
            return xy, self.distortion
        return self.ideal(xy), np.zeros(5)


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

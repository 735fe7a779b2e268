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
ASSUMED_FOV = 1.0472  # rad, 60 degrees: of a camera that is not known, as of many webcams

# Names of sensor_msgs/distortion_models.h -> how many coefficients OpenCV's functions take of each.
_PINHOLE = (4, 5, 8, 12, 14)
MODELS = {"plumb_bob": _PINHOLE, "rational_polynomial": _PINHOLE, "equidistant": (4,)}
# What drivers and other calibrators call them.
_ALSO = {"": "plumb_bob", "none": "plumb_bob", "radtan": "plumb_bob", "fisheye": "equidistant"}
_NARROWEST, _WIDEST = 5.0, 179.0  # deg; opening angle of a pinhole that somebody calibrated


def model_named(name: str) -> str:
    """The name in MODELS of a distortion model, the name itself where it is not known."""
    plain = name.strip().lower()
    return _ALSO.get(plain, plain)


def flaw_of(matrix: np.ndarray, width: float, height: float, fisheye: bool = False) -> str:
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
    widest = 360.0 if fisheye else _WIDEST
    for focal_length in focal_lengths:
        angle = _opening_angle(max(width, height) / focal_length, fisheye)
        if not _NARROWEST <= angle <= widest:
            return (
                f"has a focal length of {focal_length:.3g} px, an opening angle of {angle:.1f} deg"
            )
    return ""


def _opening_angle(size: float, fisheye: bool) -> float:
    """[deg] of an image of that size in focal lengths."""
    return float(np.degrees(size if fisheye else 2 * np.arctan(size / 2)))


def _no_distortion() -> np.ndarray:
    return np.zeros(5)


def _coefficients(given: Sequence[float], model: str, written: str) -> np.ndarray:
    """As many as OpenCV's functions take: zeros are cut off or filled in. Raises ValueError."""
    counts = MODELS[model]
    values = np.array(given, float)
    used = int(np.flatnonzero(values)[-1]) + 1 if values.any() else 0
    if written.strip().lower() == "none" and used:
        raise ValueError(
            "coefficients of the model none that are not 0: set distortion_model to that of the "
            "lens, or the coefficients to 0"
        )
    # Of three the third may be of the radius or of a tangent.
    filled = used <= (4 if model == "equidistant" else 2)
    count = max((n for n in counts if n <= len(values)), default=counts[0] if filled else 0)
    if used > count:
        expected = " or ".join(str(n) for n in counts)
        remedy = " as camera type fisheye" if model == "equidistant" else ""
        raise ValueError(
            f"{len(values)} coefficients of the model {written or model}, expected {expected}; "
            f"calibrate the lens with camera_calibration{remedy}"
        )
    return np.concatenate([values[:count], np.zeros(max(0, count - len(values)))])


@dataclass(frozen=True, eq=False)
class Camera:
    """Intrinsics of the camera of one image."""

    matrix: np.ndarray  # (3, 3) [px]
    distortion: np.ndarray = field(default_factory=_no_distortion)  # OpenCV's coefficients
    fisheye: bool = False  # the coefficients are those of cv2.fisheye, "equidistant" in ROS
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
        name = model_named(model)
        if name not in MODELS:
            raise ValueError(
                f"distortion_model {model!r}: known are {', '.join(MODELS)}; calibrate the lens "
                "with camera_calibration, a fisheye as camera type fisheye"
            )
        distortion = _coefficients(coefficients, name, model)
        return cls(np.asarray(matrix, float), distortion, name == "equidistant")

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

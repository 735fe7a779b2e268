"""What a lens model is, and those that are known by the names of ROS."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Dict, List, Optional, Sequence, Tuple, TypeVar

import numpy as np

STEEPEST = 50.0  # x/z or y/z; a ray of more (89 degrees) has no place in the optical frame
TOLERATED = 0.05  # px between a pixel and the projection of its ray
NEWTON_STEPS = 20


class Lens(ABC):
    """A model of distortion: rays to pixels and back, with the coefficients of a calibration."""

    names: Tuple[str, ...]  # of distortion_model in a CameraInfo
    aliases: Tuple[str, ...] = ()  # what drivers and other calibrators call it
    counts: Tuple[int, ...]  # how many coefficients `rays` and `project` take
    certain: int  # how many of the first mean the same, however many follow
    by_opencv = False  # cv2.projectPoints and cv2.solvePnP take its coefficients
    calibrated_as = ""  # what to do with camera_calibration, for errors
    widest = 179.0  # deg; opening angle of an image that somebody calibrated

    @abstractmethod
    def rays(self, pixels: np.ndarray, matrix: np.ndarray, distortion: np.ndarray) -> np.ndarray:
        """(N, 2) finite pixels -> (N, 2) x/z and y/z; NaN where no ray leads to the pixel.

        matrix: (3, 3) [px]; distortion: as many coefficients as one of `counts`.
        """

    @abstractmethod
    def project(self, points: np.ndarray, matrix: np.ndarray, distortion: np.ndarray) -> np.ndarray:
        """(N, 3) float64 points in the optical frame -> (N, 2) pixels; meaningful for z > 0."""

    def opening_angle(self, size: float) -> float:
        """Angle of view of an image of that size in focal lengths, about [deg]."""
        return float(np.degrees(2 * np.arctan(size / 2)))

    def coefficients(self, given: Sequence[float], written: str) -> np.ndarray:
        """As many as one of `counts`: zeros are cut off or filled in. Raises ValueError.

        written: name of the model in the calibration.
        """
        values = np.array(given, float)
        used = int(np.flatnonzero(values)[-1]) + 1 if values.any() else 0
        if written.strip().lower() == "none" and used:
            raise ValueError(
                "coefficients of the model none that are not 0: set distortion_model to that of "
                "the lens, or the coefficients to 0"
            )
        filled = self.counts[0] if used <= self.certain else 0
        count = max((n for n in self.counts if n <= len(values)), default=filled)
        if used > count:
            expected = " or ".join(str(n) for n in self.counts)
            raise ValueError(
                f"{len(values)} coefficients of the model {written or self.names[0]}, expected "
                f"{expected}; calibrate the lens with camera_calibration{self.calibrated_as}"
            )
        return np.concatenate([values[:count], np.zeros(max(0, count - len(values)))])


_LENSES: Dict[str, Lens] = {}  # by each of the names and aliases
AnyLens = TypeVar("AnyLens", bound=Lens)


def register(lens: AnyLens) -> AnyLens:
    """Make a lens known by its names. Raises ValueError where one of them is taken."""
    called = [*lens.names, *lens.aliases]
    taken = [name for name in called if name in _LENSES]
    if taken:
        raise ValueError(f"there is a lens {taken[0]} already")
    _LENSES.update(dict.fromkeys(called, lens))
    return lens


def find_lens(model: str) -> Optional[Lens]:
    """The lens of a distortion_model, None where it is not known."""
    return _LENSES.get(model.strip().lower())


def known_models() -> List[str]:
    """The names in ROS of all lenses."""
    lenses = dict.fromkeys(_LENSES.values())
    return [name for lens in lenses for name in lens.names]


def first_zero(roots: np.ndarray) -> float:
    """The least positive real one of a polynomial's roots, infinity where there is none."""
    real = roots[np.abs(roots.imag) < 1e-9].real
    return min(real[real > 0], default=np.inf)

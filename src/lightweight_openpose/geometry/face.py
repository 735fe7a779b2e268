"""Where a face points, from its landmarks and the canonical face."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Optional, Tuple

import numpy as np

from lightweight_openpose.poses import find_skeleton

from .camera import Camera
from .orientation import Orientation, rotation_from_angles
from .pnp import PnpSolution, checked_orientation, initial_translation, refine_pose
from .weighted_pnp import angle_deviations, refine_weighted

SHARPNESS = 10.0  # of a landmark's score: see estimation.faces.sharpness()
_MIN_SIGMA = 0.3  # px, of a landmark
_YAWS = np.radians((-40, 0, 40))  # of the first guesses
_MAX_RELATIVE_ERROR = 0.10  # rms reprojection error over the face's longer side
_NEAREST = 0.05  # m
_MIN_SCORE = 0.05  # of a landmark, below which it says nothing
_MIN_LANDMARKS = 8
# Landmarks of one face err together, so that angles err more than independent ones say.
_TOGETHER = 2.5


@lru_cache(maxsize=1)
def _rigid() -> Tuple[np.ndarray, np.ndarray]:
    """(indices (N,) of the rigid landmarks, their points (N, 3) [m] on the head's axes)."""
    skeleton = find_skeleton("face_32")
    indices = [i for i, point in enumerate(skeleton.points) if point is not None]
    return np.array(indices), np.array([skeleton.points[i] for i in indices], float)


@lru_cache(maxsize=1)
def _eye_corners() -> Tuple[int, int]:
    """Indices of the outer corners of the right and the left eye."""
    skeleton = find_skeleton("face_32")
    return skeleton.index("right_eye_outer"), skeleton.index("left_eye_outer")


def solve_face(
    landmarks: np.ndarray, camera: Camera, previous: Optional[Orientation] = None
) -> Tuple[Optional[Orientation], str]:
    """Orientation of one head by the landmarks of its face, or None and the reason.

    landmarks: (32, 3) of skeleton face_32 [px, px, score], scores as estimation.faces.sharpness()
    says. Landmarks that move with the mouth are left out.
    """
    indices, points = _rigid()
    landmarks = np.asarray(landmarks, float)
    seen = landmarks[indices]
    use = np.isfinite(seen[:, :2]).all(1) & (seen[:, 2] >= _MIN_SCORE)
    count = int(use.sum())
    if count < _MIN_LANDMARKS:
        return None, f"{count} landmarks of the face found, {_MIN_LANDMARKS} needed"
    if not camera.usable:
        return None, "the camera matrix has no positive focal length"
    image, model = seen[use, :2], points[use]
    side = float(np.ptp(image, axis=0).max())
    deviations = -np.log(np.minimum(seen[use, 2], 1.0)) / SHARPNESS * side
    best = _best(landmarks, image, model, camera, previous)
    if best is None:
        return None, "no solution with the face towards the camera"
    weighed = refine_weighted(image, model, camera, best, np.hypot(deviations, _MIN_SIGMA))
    if weighed is None or not _towards_camera(weighed.solution):
        return None, "no solution with the face towards the camera"
    solved, reason = checked_orientation(weighed.solution, "face", side, _MAX_RELATIVE_ERROR, count)
    return (solved and replace(solved, angle_stddev=angle_deviations(weighed, _TOGETHER))), reason


def _best(
    landmarks: np.ndarray,
    image: np.ndarray,
    model: np.ndarray,
    camera: Camera,
    previous: Optional[Orientation],
) -> Optional[PnpSolution]:
    centre = initial_translation(image, model, camera)
    roll = _roll_guess(landmarks)
    starts = [(rotation_from_angles(yaw, 0, roll, centre), centre) for yaw in _YAWS]
    if previous is not None:
        starts.append((previous.rotation, previous.translation))
    solved = [refine_pose(image, model, camera, *start) for start in starts]
    towards = [s for s in solved if s is not None and _towards_camera(s)]
    return min(towards, key=lambda s: s.error, default=None)


def _roll_guess(landmarks: np.ndarray) -> float:
    right, left = (landmarks[i, :2] for i in _eye_corners())
    x, y = left - right
    return -float(np.arctan2(y, x)) if np.isfinite(x + y) else 0.0


def _towards_camera(solution: PnpSolution) -> bool:
    return solution.translation[2] > _NEAREST and solution.rotation[:, 0] @ solution.translation < 0

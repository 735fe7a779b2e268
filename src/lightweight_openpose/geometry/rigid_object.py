"""Orientation of an object whose skeleton has points in 3-D."""

from __future__ import annotations

from itertools import product
from typing import Iterator, Optional, Tuple

import numpy as np

from lightweight_openpose.poses import Skeleton

from .camera import Camera
from .orientation import Orientation, rotation_from_angles
from .pnp import PnpSolution, checked_orientation, initial_translation, refine_pose

_TURNS = product((0, 90, 180, 270), (-60, 0, 60), (0, 120, 240))
_STARTS = [np.radians(angles) for angles in _TURNS]
_MAX_RELATIVE_ERROR = 0.06  # rms reprojection error over the size of the object in the image
_GOOD_PX = 0.5  # an answer this near needs no more starts
_NEAREST = 0.01  # m


def solve_object(
    keypoints: np.ndarray,
    skeleton: Skeleton,
    camera: Camera,
    min_score: float = 0.1,
    previous: Optional[Orientation] = None,
) -> Tuple[Optional[Orientation], str]:
    """Orientation of one object, or None and the reason.

    keypoints: (K, 3) [px, px, score] of the skeleton; its points: x forward, y left, z up [m]. The
    angles are zero for an object whose x axis points at the camera with z up, and positive as those
    of a head. At least 4 keypoints with points are needed, 3 with a recent orientation.
    """
    keypoints = np.asarray(keypoints, float)
    has_point = np.array([point is not None for point in skeleton.points])
    use = (keypoints[:, 2] >= min_score) & np.isfinite(keypoints[:, :2]).all(1) & has_point
    count = int(use.sum())
    needed = 3 if previous is not None else 4
    if count < needed:
        return None, f"{count} keypoints of the {skeleton.name} found, {needed} needed"
    image = keypoints[use, :2]
    model = np.array([p for p, used in zip(skeleton.points, use) if used], float)
    if not camera.usable:
        return None, "the camera matrix has no positive focal length"
    best = _best(image, model, camera, previous)
    if best is None:
        return None, "no solution in front of the camera"
    best = _refined(best, image, model, camera)
    size = float(np.linalg.norm(image.max(0) - image.min(0)))
    return checked_orientation(best, skeleton.name, size, _MAX_RELATIVE_ERROR, count)


def _best(
    image: np.ndarray, model: np.ndarray, camera: Camera, previous: Optional[Orientation]
) -> Optional[PnpSolution]:
    best = None
    for rotation, translation in _starts(image, model, camera, previous):
        solved = refine_pose(image, model, camera, rotation, translation)
        if solved is None or solved.translation[2] <= _NEAREST:
            continue
        if best is None or solved.error < best.error:
            best = solved
            if best.error < _GOOD_PX and len(model) > 3:
                break
    return best


def _refined(
    found: PnpSolution, image: np.ndarray, model: np.ndarray, camera: Camera
) -> PnpSolution:
    """The same after another run of the solver, whose way from a start may end a little early."""
    again = refine_pose(image, model, camera, found.rotation, found.translation)
    if again is None or again.translation[2] <= _NEAREST or again.error > found.error:
        return found
    return again


def _starts(
    image: np.ndarray, model: np.ndarray, camera: Camera, previous: Optional[Orientation]
) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
    """(rotation, translation [m]): the one before, then turns about all axes."""
    if previous is not None:
        yield previous.rotation, previous.translation
    if len(model) < 4:
        # Three points have up to four exact solutions: only the one nearest to the last is meant.
        return
    centre = initial_translation(image, model, camera)
    for yaw, pitch, roll in _STARTS:
        turn = rotation_from_angles(yaw, pitch, roll, centre)
        yield turn, centre - turn @ model.mean(0)

"""Orientation of an object whose skeleton has points in 3-D."""
from __future__ import annotations

from itertools import product
from typing import Optional, Tuple

import numpy as np

from lightweight_openpose.poses.skeleton import Skeleton

from .orientation import HeadPose, angles_of, rotation_from_angles
from .pnp import likely_place, refine_pose

_STARTS = [np.radians(angles) for angles in product((0, 90, 180, 270), (-60, 0, 60), (0, 120, 240))]
_MAX_RELATIVE_ERROR = 0.06  # rms reprojection error over the size of the object in the image
_GOOD_PX = 0.5              # an answer this near needs no more starts


def solve_object(keypoints: np.ndarray, skeleton: Skeleton, matrix: np.ndarray, distortion=None, min_score: float = 0.1,
                 previous: Optional[HeadPose] = None) -> Tuple[Optional[HeadPose], str]:
    """Pose of one object, or None and the reason.

    keypoints: (K, 3) [px, px, score] of the skeleton; its points: x forward, y left, z up [m]. The angles are zero for an
    object whose x axis points at the camera with z up, and positive as those of a head. At least 4 keypoints with
    points are needed, 3 with a recent pose.
    """
    use = np.array([k[2] >= min_score and np.isfinite(k[:2]).all() and p is not None
                    for k, p in zip(keypoints, skeleton.points)])
    count, needed = int(use.sum()), 3 if previous is not None else 4
    if count < needed:
        return None, f"{count} keypoints of the {skeleton.name} found, {needed} needed"
    image = np.asarray(keypoints, float)[use, :2]
    model = np.array([p for p, used in zip(skeleton.points, use) if used], float)
    matrix = np.asarray(matrix, float)
    if not np.isfinite(matrix).all() or matrix[0, 0] <= 0 or matrix[1, 1] <= 0:
        return None, "the camera matrix has no positive focal length"
    distortion = np.zeros(5) if distortion is None or not len(distortion) else np.asarray(distortion, float)
    best = _best(image, model, matrix, distortion, previous, count)
    if best is None:
        return None, "no solution in front of the camera"
    rotation, translation, error = best
    size = np.linalg.norm(image.max(0) - image.min(0))
    if error > max(_MAX_RELATIVE_ERROR * size, 1.0):
        return None, f"the keypoints do not fit a {skeleton.name}: reprojection error {error:.1f} px over {size:.0f} px"
    return HeadPose(rotation, translation, *angles_of(rotation, translation), error, count), ""


def _best(image, model, matrix, distortion, previous, count):
    centre = likely_place(image, model, matrix)
    starts = [] if previous is None else [(previous.rotation, previous.translation)]
    if count >= 4:  # three points have up to four exact solutions: only the one beside the last pose is meant
        turns = (rotation_from_angles(*angles, centre) for angles in _STARTS)
        starts += [(turn, centre - turn @ model.mean(0)) for turn in turns]
    best = None
    for start in starts:
        candidate = refine_pose(image, model, matrix, distortion, *start)
        if candidate is not None and candidate[1][2] > 0.01 and (best is None or candidate[2] < best[2]):
            best = candidate
            if best[2] < _GOOD_PX and count > 3:
                break
    return best

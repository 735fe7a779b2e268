"""Where a head points, from nose, eyes and ears by solvePnP.

Head axes (REP-103, as in REP-155's face frame): origin midway between the eyes, x out of the face, y to the person's
left, z up. The camera's optical frame: z forward, x right, y down.

Angles turn a face that looks straight into the camera to where it is: Rz(yaw) Ry(pitch) Rx(roll) about the head's own
axes. Yaw is positive when the person turns to their own left, pitch when they look down, roll when the head tilts to
their own right shoulder. They are measured against the line from the head to the camera, so that a face looking into
the lens gives zero also at the edge of the image.
"""
from __future__ import annotations

from typing import Optional, Tuple

import numpy as np

from lightweight_openpose.poses.skeleton import COCO18

from .orientation import HeadPose, angles_of, rotation_from_angles
from .pnp import likely_place, refine_pose

HEAD_KEYPOINTS = ("nose", "right_eye", "left_eye", "right_ear", "left_ear")
HEAD_INDICES = tuple(COCO18.index(name) for name in HEAD_KEYPOINTS)

HEAD_MODEL_MM = np.array([[28, 0, -42], [0, -31.5, 0], [0, 31.5, 0], [-88, -74, -16], [-88, 74, -16]], float)
"""Adult means in mm, in the order of HEAD_KEYPOINTS: interpupillary distance 63, breadth between the ear openings
148, pupil to ear opening 88 deep, nose tip 28 before and 42 below the eyes (rounded from published head surveys such as
ANSUR; labelled ears are marked a little above the ear opening)."""

_START_YAWS = np.radians([0, -55, 55])
_START_PITCHES = np.radians([0, -35, 35])
_MIN_SIZE_PX = 8.0  # between the two joints farthest apart; below, a pixel of noise is worth more than 10 degrees
_MAX_RELATIVE_ERROR = 0.12  # rms reprojection error over the projected size of the head (0.15 m)


def solve_head(keypoints: np.ndarray, matrix: np.ndarray, distortion=None, min_score: float = 0.1,
               previous: Optional[HeadPose] = None) -> Tuple[Optional[HeadPose], str]:
    """Head pose of one person, or None and the reason.

    keypoints: (18, 3) of the COCO18 skeleton [px, px, score]; matrix: (3, 3) intrinsics [px]; distortion: OpenCV's
    coefficients or None; previous: a recent pose of the same head, which lets three joints suffice.
    Needs only solvers that OpenCV 4.2 has.
    """
    head = np.asarray(keypoints, float)[list(HEAD_INDICES)]
    use = np.isfinite(head[:, :2]).all(1) & (head[:, 2] >= min_score)
    count, needed = int(use.sum()), 3 if previous is not None else 4
    if count < needed:
        return None, f"{count} joints of the head found, {needed} needed"
    image, model = head[use, :2], HEAD_MODEL_MM[use]
    if np.linalg.norm(image[:, None] - image, axis=2).max() < _MIN_SIZE_PX:
        return None, f"the head is smaller than {_MIN_SIZE_PX:g} px"
    matrix = np.asarray(matrix, float)
    if not np.isfinite(matrix).all() or matrix[0, 0] <= 0 or matrix[1, 1] <= 0:
        return None, "the camera matrix has no positive focal length"
    distortion = np.zeros(5) if distortion is None or not len(distortion) else np.asarray(distortion, float)
    best = None
    for start in _starts(image, model, matrix, previous, count):
        candidate = _refine(image, model, matrix, distortion, *start)
        if candidate is not None and (best is None or candidate[2] < best[2]):
            best = candidate
    if best is None:
        return None, "no solution with the face towards the camera"
    rotation, translation, error = best
    size = 150 * matrix[0, 0] / translation[2]
    if error > max(_MAX_RELATIVE_ERROR * size, 1.0):
        return None, f"the joints do not fit a head: reprojection error {error:.1f} px for a head of {size:.0f} px"
    return HeadPose(rotation, translation / 1000, *angles_of(rotation, translation), error, count), ""


def _starts(image, model, matrix, previous, count):
    """(rotation, translation mm) to start from: the pose before, then a fan of yaws and pitches at the likely place."""
    if previous is not None:
        yield previous.rotation, previous.translation * 1000
        if count < 4:
            return  # three joints have up to four exact solutions: only the one beside the last pose is meant
    centre = likely_place(image, model, matrix)
    tilt = _roll_guess(image, model)
    for yaw in _START_YAWS:
        for pitch in _START_PITCHES:
            rotation = rotation_from_angles(yaw, pitch, tilt, centre)
            yield rotation, centre - rotation @ model.mean(0)


def _roll_guess(image, model):
    """Roll of the line through the outermost of the left and right joints; 0 without one on each side."""
    left, right = np.flatnonzero(model[:, 1] > 0), np.flatnonzero(model[:, 1] < 0)
    if not len(left) or not len(right):
        return 0.0
    across = image[left].mean(0) - image[right].mean(0)
    return float(np.clip(-np.arctan2(across[1], abs(across[0]) + 1e-6), -0.8, 0.8))


def _refine(image, model, matrix, distortion, rotation, translation):
    """(rotation, translation mm, rms px) from one start, None where it fails, is behind the camera or looks away."""
    solved = refine_pose(image, model, matrix, distortion, rotation, translation)
    if solved is None or solved[1][2] <= 50 or solved[0][:, 0] @ solved[1] >= 0:  # nearer than 5 cm; face turned away
        return None
    return solved

"""Where a head points, from nose, eyes and ears by solvePnP.

Head axes (REP-103, as in REP-155's face frame): origin midway between the eyes, x out of the face,
y to the person's left, z up. The camera's optical frame: z forward, x right, y down.

Angles turn a face that looks straight into the camera to where it is: Rz(yaw) Ry(pitch) Rx(roll)
about the head's own axes. Yaw is positive when the person turns to their own left, pitch when they
look down, roll when the head tilts to their own right shoulder. They are measured against the line
from the head to the camera, so that a face looking into the lens gives zero also at the edge of the
image.
"""

from __future__ import annotations

from typing import Iterator, Optional, Tuple

import numpy as np

from lightweight_openpose.poses.skeleton import COCO18, Skeleton

from .camera import Camera
from .orientation import Orientation, rotation_from_angles
from .pnp import Placed, initial_translation, judged, refine_pose

HEAD_KEYPOINTS = ("nose", "right_eye", "left_eye", "right_ear", "left_ear")
HEAD_INDICES = tuple(COCO18.index(name) for name in HEAD_KEYPOINTS)

_NOSE = (0.028, 0, -0.042)
_RIGHT_EYE = (0, -0.0315, 0)
_LEFT_EYE = (0, 0.0315, 0)
_RIGHT_EAR = (-0.088, -0.074, -0.016)
_LEFT_EAR = (-0.088, 0.074, -0.016)
# Adult means in metres, in the order of HEAD_KEYPOINTS: interpupillary distance 63 mm, breadth
# between the ear openings 148, pupil to ear opening 88 deep, nose tip 28 before and 42 below the
# eyes (rounded from published head surveys such as ANSUR; labelled ears are marked a little above
# the ear opening).
HEAD_MODEL = np.array([_NOSE, _RIGHT_EYE, _LEFT_EYE, _RIGHT_EAR, _LEFT_EAR], float)

_START_YAWS = np.radians([0, -55, 55])
_START_PITCHES = np.radians([0, -35, 35])
_MOST_TILT = 0.8  # rad; of the first guess of the roll
_MIN_SIZE_PX = 8.0  # between the joints farthest apart; below, a px of noise is worth 10 degrees
_HEAD_SIZE = 0.15  # m
_MAX_RELATIVE_ERROR = 0.12  # rms reprojection error over the projected size of the head
_NEAREST = 0.05  # m


def has_head(skeleton: Skeleton) -> bool:
    """Whether the skeleton has the joints that solve_head() needs."""
    return set(HEAD_KEYPOINTS) <= set(skeleton.keypoints)


def solve_head(
    keypoints: np.ndarray,
    camera: Camera,
    min_score: float = 0.1,
    previous: Optional[Orientation] = None,
    skeleton: Skeleton = COCO18,
) -> Tuple[Optional[Orientation], str]:
    """Orientation of one person's head, or None and the reason.

    keypoints: (K, 3) of the skeleton [px, px, score], one that has_head(); previous: a recent one
    of the same head, which lets three joints suffice. Needs only solvers that OpenCV 4.2 has.
    """
    head = np.asarray(keypoints, float)[[skeleton.index(name) for name in HEAD_KEYPOINTS]]
    use = np.isfinite(head[:, :2]).all(1) & (head[:, 2] >= min_score)
    count = int(use.sum())
    needed = 3 if previous is not None else 4
    if count < needed:
        return None, f"{count} joints of the head found, {needed} needed"
    image = head[use, :2]
    model = HEAD_MODEL[use]
    if np.linalg.norm(image[:, None] - image, axis=2).max() < _MIN_SIZE_PX:
        return None, f"the head is smaller than {_MIN_SIZE_PX:g} px"
    if not camera.usable:
        return None, "the camera matrix has no positive focal length"
    best = _best(image, model, camera, previous)
    if best is None:
        return None, "no solution with the face towards the camera"
    size = float(_HEAD_SIZE * camera.matrix[0, 0] / best.translation[2])
    return judged(best, "head", size, _MAX_RELATIVE_ERROR, count)


def _best(image, model, camera, previous) -> Optional[Placed]:
    """The solution of least error of those with the face towards the camera."""
    solutions = []
    for rotation, translation in _starts(image, model, camera, previous):
        solved = refine_pose(image, model, camera, rotation, translation)
        if solved is not None and _faces_the_camera(solved):
            solutions.append(solved)
    return min(solutions, key=lambda placed: placed.error, default=None)


def _faces_the_camera(placed: Placed) -> bool:
    out_of_the_face = placed.rotation[:, 0]
    return placed.translation[2] > _NEAREST and out_of_the_face @ placed.translation < 0


def _starts(image, model, camera, previous) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
    """(rotation, translation [m]): the one before, then a fan of yaws and pitches."""
    if previous is not None:
        yield previous.rotation, previous.translation
        if len(model) < 4:
            return  # three joints have up to four exact solutions: the one beside the last is meant
    centre = initial_translation(image, model, camera)
    tilt = _roll_guess(image, model)
    for yaw in _START_YAWS:
        for pitch in _START_PITCHES:
            rotation = rotation_from_angles(yaw, pitch, tilt, centre)
            yield rotation, centre - rotation @ model.mean(0)


def _roll_guess(image, model) -> float:
    """Roll of the line through the outermost of the left and right joints; 0 without both."""
    left = np.flatnonzero(model[:, 1] > 0)
    right = np.flatnonzero(model[:, 1] < 0)
    if not len(left) or not len(right):
        return 0.0
    across = image[left].mean(0) - image[right].mean(0)
    roll = -np.arctan2(across[1], abs(across[0]) + 1e-6)
    return float(np.clip(roll, -_MOST_TILT, _MOST_TILT))

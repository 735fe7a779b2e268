"""Where a head points, from nose, eyes and ears by solvePnP.

Head axes (REP-103, as in REP-155's face frame): origin midway between the eyes, x out of the face,
y to the person's left, z up. The camera's optical frame: z forward, x right, y down.

Angles turn a face that looks straight into the camera to where it is: Rz(yaw) Ry(pitch) Rx(roll)
about the head's own axes. Yaw is positive when the person turns to their own left, pitch when they
look down, roll when the head tilts to their own right shoulder. They are measured against the line
from the head to the camera, so that a face looking into the lens gives zero also at the edge of the
image.

A head of few pixels fits its joints in more than one way: somebody seen from behind is, but for the
depth of the joints, a face upside down. So solutions that look away compete with the others, and
how far each is tilted against neck and shoulders, else against the image, counts as well as its
error.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Iterable, Iterator, Optional, Tuple

import numpy as np

from lightweight_openpose.poses import COCO18, Skeleton

from .camera import Camera
from .head_model import COMMON, HEAD_KEYPOINTS, HeadModel
from .orientation import Orientation, rotation_from_angles
from .pnp import PnpSolution, checked_orientation, initial_translation, refine_pose
from .upright import body_lean, turn_in_image, upright_frame
from .weighted_pnp import Weighed, angle_deviations, refine_weighted

HEAD_INDICES = tuple(COCO18.index(name) for name in HEAD_KEYPOINTS)

_YAWS = (0, -55, 55)  # deg
_PITCHES = (-35, 0, 35)
_AWAY = ((-130, 0), (130, 0))
_STARTS = np.radians([*product(_YAWS, _PITCHES), *_AWAY])  # (S, 2) yaw, pitch of the first guesses
_MAX_TILT = 0.8  # rad; of the first guess of the roll
_MIN_SIZE_PX = 8.0  # between the joints farthest apart; below, a px of noise is worth 10 degrees
_HEAD_SIZE = 0.15  # m
_MAX_RELATIVE_ERROR = 0.12  # rms reprojection error over the projected size of the head
_NEAREST = 0.05  # m
# Solutions in turn, each with the points as they are seen by the one before.
_TURNS = 6
_SETTLED = 1e-3  # rad between two, that ends them
_MIN_SIGMA = 0.7  # px, standard deviation of the best joint
# Errors of the joints of one head go together, so that angles err more than independent ones say.
_TOGETHER = 1.0

# Standard deviations by which solutions are compared. For a joint it is a pixel, or a share of the
# head's size in the image where that is more. For the angle between the head's up and the body's it
# is _TILT: necks bend by 45 degrees to a side and 60 to the front and back.
_JOINT_PX = 1.0
_JOINT_SHARE = 0.04
_TILT = 0.7  # rad
_BENT = 1.3  # rad from the body, farther than necks bend; seen where the body leans at the camera
_TELLS_BENT_PX = 20.0  # size of a head of which this is believed


def has_head(skeleton: Skeleton) -> bool:
    """Whether the skeleton has the joints that solve_head() needs."""
    return set(HEAD_KEYPOINTS) <= set(skeleton.keypoints)


def solve_head(
    keypoints: np.ndarray,
    camera: Camera,
    min_score: float = 0.1,
    previous: Optional[Orientation] = None,
    skeleton: Skeleton = COCO18,
    head_model: HeadModel = COMMON,
) -> Tuple[Optional[Orientation], str]:
    """Orientation of one person's head, or None and the reason.

    keypoints: (K, 3) of the skeleton [px, px, score], one that has_head(); previous: a recent one
    of the same head, which lets three joints suffice; head_model: of the network that found the
    joints. Needs only solvers that OpenCV 4.2 has.
    """
    keypoints = np.asarray(keypoints, float)
    head = keypoints[[skeleton.index(name) for name in HEAD_KEYPOINTS]]
    use = np.isfinite(head[:, :2]).all(1) & (head[:, 2] >= min_score)
    count = int(use.sum())
    needed = 3 if previous is not None else 4
    if count < needed:
        return None, f"{count} joints of the head found, {needed} needed"
    image = head[use, :2]
    model = head_model.points[use]
    if np.linalg.norm(image[:, None] - image, axis=2).max() < _MIN_SIZE_PX:
        return None, f"the head is smaller than {_MIN_SIZE_PX:g} px"
    if not camera.usable:
        return None, "the camera matrix has no positive focal length"
    lean = body_lean(keypoints, image.mean(0), skeleton, min_score)
    centre = initial_translation(image, model, camera)
    upright = upright_frame(centre, lean or 0.0)  # without a body up is the image's up
    starts = [] if previous is None else [(previous.rotation, previous.translation)]
    if count > 3:  # three have up to four solutions: the one nearest to the last is meant
        roll = _roll_guess(image @ turn_in_image(lean or 0.0), model)
        starts += _fan(model.mean(0), centre, upright, roll)
    best = _likeliest(image, model, camera, upright, starts)
    if best is None or not _faces_the_camera(best):
        return None, "no solution with the face towards the camera"
    size = _size_px(best, camera)
    tilt = _tilt(best, upright)
    if lean is not None and tilt > _BENT and size < _TELLS_BENT_PX:
        return None, f"a head of {size:.0f} px does not tell a tilt of {tilt:.1f} rad on its body"
    weighed = _weighed(image, head_model, use, head[use, 2], camera, best)
    if weighed is None or not _faces_the_camera(weighed.solution):
        return None, "no solution with the face towards the camera"
    solved, reason = checked_orientation(weighed.solution, "head", size, _MAX_RELATIVE_ERROR, count)
    return (solved and replace(solved, angle_stddev=angle_deviations(weighed, _TOGETHER))), reason


def _weighed(
    image: np.ndarray,
    model: HeadModel,
    use: np.ndarray,
    scores: np.ndarray,
    camera: Camera,
    solution: PnpSolution,
) -> Optional[Weighed]:
    """The solution near one that trusts all joints alike; the points are as they are seen there."""
    weighed = None
    for _ in range(_TURNS):
        px_per_m = camera.matrix[0, 0] / solution.translation[2]
        sigmas = np.hypot(model.sigmas(_spread(scores, use))[use] * px_per_m, _MIN_SIGMA)
        points = model.at(solution.rotation, solution.translation)[use]
        weighed = refine_weighted(image, points, camera, solution, sigmas)
        if weighed is None:
            return None
        settled = np.abs(weighed.solution.rotation - solution.rotation).max() < _SETTLED
        solution = weighed.solution
        if settled:
            break
    return weighed


def _spread(scores: np.ndarray, use: np.ndarray) -> np.ndarray:
    """(5,) scores of the joints that are used, 1 for the others."""
    all_scores = np.ones(len(use))
    all_scores[use] = scores
    return all_scores


def _likeliest(
    image: np.ndarray,
    model: np.ndarray,
    camera: Camera,
    upright: np.ndarray,
    starts: Iterable[Tuple[np.ndarray, np.ndarray]],
) -> Optional[PnpSolution]:
    """The best that the starts lead to in front of the camera, be it a face that looks away."""
    solved = [refine_pose(image, model, camera, *start) for start in starts]
    in_front = [s for s in solved if s is not None and s.translation[2] > _NEAREST]
    if not in_front:
        return None
    best = min(in_front, key=lambda s: _unlikeliness(s, camera, upright, len(model)))
    # The way from a start may end a little before the least error.
    return refine_pose(image, model, camera, best.rotation, best.translation) or best


def _unlikeliness(solution: PnpSolution, camera: Camera, upright: np.ndarray, count: int) -> float:
    """Twice the negative logarithm of the posterior, up to a constant."""
    sigma = np.hypot(_JOINT_PX, _JOINT_SHARE * _size_px(solution, camera))
    return count * (solution.error / sigma) ** 2 + (_tilt(solution, upright) / _TILT) ** 2


def _size_px(solution: PnpSolution, camera: Camera) -> float:
    return float(_HEAD_SIZE * camera.matrix[0, 0] / solution.translation[2])


def _tilt(solution: PnpSolution, upright: np.ndarray) -> float:
    """Angle [rad] between up for the head and for its body."""
    cosine = -solution.rotation[:, 2] @ upright[:, 1]
    return float(np.arccos(np.clip(cosine, -1, 1)))


def _faces_the_camera(solution: PnpSolution) -> bool:
    out_of_the_face = solution.rotation[:, 0]
    return solution.translation[2] > _NEAREST and out_of_the_face @ solution.translation < 0


def _fan(
    middle: np.ndarray, centre: np.ndarray, upright: np.ndarray, roll: float
) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
    """(rotation, translation [m]) of yaws and pitches, and of a face that looks away.

    middle: of the joints found in the model [m]; centre: of them in the optical frame [m].
    """
    for yaw, pitch in _STARTS:
        rotation = upright @ rotation_from_angles(yaw, pitch, roll)
        yield rotation, centre - rotation @ middle


def _roll_guess(image: np.ndarray, model: np.ndarray) -> float:
    """Roll of the line through the outermost of the left and right joints; 0 without both."""
    left = np.flatnonzero(model[:, 1] > 0)
    right = np.flatnonzero(model[:, 1] < 0)
    if not len(left) or not len(right):
        return 0.0
    across = image[left].mean(0) - image[right].mean(0)
    roll = -np.arctan2(across[1], abs(across[0]) + 1e-6)
    return float(np.clip(roll, -_MAX_TILT, _MAX_TILT))

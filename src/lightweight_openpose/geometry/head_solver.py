"""Where a person's head, or a rigid object, points in one frame: by what of it was found."""

from __future__ import annotations

from typing import Callable, List, Optional, Protocol, Tuple

from lightweight_openpose.poses import Pose, Skeleton

from .camera import Camera
from .face import solve_face
from .head import has_head, solve_head
from .head_model import HEAD_KEYPOINTS, head_model
from .orientation import Orientation
from .rigid_object import solve_object

SURE = 0.1  # rad, standard deviation of angles by a face, up to which joints are not asked
UNSURE = 0.5  # rad, from which a face says nothing


class Solver(Protocol):
    """Solves for one pose; `HeadTracker` remembers for it from frame to frame."""

    def solve(
        self, pose: Pose, camera: Camera, previous: Optional[Orientation] = None, network: str = ""
    ) -> Tuple[Optional[Orientation], str]:
        """Orientation, or None and the reason.

        previous: a recent one of the same person; network: that found the joints, by its name in
        models.yaml.
        """


class ObjectSolver:
    """Solves for objects whose skeleton has points."""

    def __init__(self, skeleton: Skeleton, min_score: float = 0.1):
        """min_score: [0, 1] of joints that count."""
        self._skeleton = skeleton
        self._min_score = min_score

    def solve(
        self, pose: Pose, camera: Camera, previous: Optional[Orientation] = None, network: str = ""
    ) -> Tuple[Optional[Orientation], str]:
        """As Solver says."""
        return solve_object(pose.keypoints, self._skeleton, camera, self._min_score, previous)


class HeadSolver:
    """Solves for a head by the landmarks of its face where they are sure.

    Else by what is surer: them or nose, eyes and ears.
    """

    def __init__(self, skeleton: Skeleton, min_score: float = 0.1):
        """min_score: [0, 1] of joints that count; skeleton: one that has_head()."""
        self._skeleton = skeleton
        self._min_score = min_score

    def solve(
        self, pose: Pose, camera: Camera, previous: Optional[Orientation] = None, network: str = ""
    ) -> Tuple[Optional[Orientation], str]:
        """As Solver says."""
        by_face = None
        if pose.face is not None:
            by_face, _ = solve_face(pose.face, camera, previous)
            if by_face is not None and _unsureness(by_face) <= SURE:
                return by_face, ""
        by_joints, reason = solve_head(
            pose.keypoints, camera, self._min_score, previous, self._skeleton, head_model(network)
        )
        if by_face is None or _unsureness(by_face) > UNSURE:
            return by_joints, reason
        if by_joints is None or _unsureness(by_face) < _unsureness(by_joints):
            return by_face, ""
        return by_joints, reason


def _unsureness(head: Orientation) -> float:
    """The largest standard deviation of its angles [rad]."""
    return max(head.angle_stddev)


def _for_objects(skeleton: Skeleton, min_score: float) -> Optional[Solver]:
    return ObjectSolver(skeleton, min_score) if skeleton.points else None


def _for_heads(skeleton: Skeleton, min_score: float) -> Optional[Solver]:
    return HeadSolver(skeleton, min_score) if has_head(skeleton) else None


# Solver for a skeleton and the minimum score of joints, None where it is not for that skeleton; the
# first that is for it is taken.
SOLVERS: List[Callable[[Skeleton, float], Optional[Solver]]] = [_for_objects, _for_heads]


def solver_for(skeleton: Skeleton, min_score: float = 0.1) -> Solver:
    """The solver of a skeleton; min_score: [0, 1] of joints that count.

    Raises ValueError for a skeleton with neither a head nor points.
    """
    for made in (make(skeleton, min_score) for make in SOLVERS):
        if made is not None:
            return made
    raise ValueError(
        f"skeleton {skeleton.name} has neither {', '.join(HEAD_KEYPOINTS)} nor `points`, "
        "which an orientation needs; add points to its YAML"
    )

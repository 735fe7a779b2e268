"""Networks of hands and faces beside the one that finds people."""

from __future__ import annotations

from typing import Optional, Tuple

from lightweight_openpose.poses.skeleton import Skeleton

from .faces import JOINTS, OWN_FACE, FaceEstimator
from .hands import HandEstimator, check_arms


def hands_beside(
    model: str, skeleton: Skeleton, backend: str, device: str, threads: int
) -> HandEstimator:
    """The network of hands beside one of people."""
    check_arms(skeleton)
    return HandEstimator.load(model, *_beside(model, backend, device), threads)


def faces_beside(
    model: str, skeleton: Skeleton, backend: str, device: str, threads: int, max_faces: int
) -> Optional[FaceEstimator]:
    """The network of faces beside one of people; None where it is off or heads have no joints."""
    if model == "off" or not set(JOINTS) <= set(skeleton.keypoints):
        return None
    model = OWN_FACE if model == "auto" else model
    return FaceEstimator.load(model, *_beside(model, backend, device), threads, max_faces)


def _beside(model, backend, device) -> Tuple[str, str]:
    """Backend and device of a second network: those of the first where that reads its file."""
    from lightweight_openpose.backends.choice import file_for, reads
    from lightweight_openpose.zoo.catalogue import resolve

    if reads(file_for(*resolve(model), backend), backend):
        return backend, device
    return "auto", "cpu" if device == "cpu" else "auto"

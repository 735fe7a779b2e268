"""Networks of hands and faces, in addition to the one that finds people."""

from __future__ import annotations

from typing import Optional, Tuple, Union

from lightweight_openpose.poses import Skeleton

from .arms import check_arms
from .faces import JOINTS, OWN_FACE, FaceEstimator
from .hands import OWN_HAND, HandEstimator
from .settings import EstimatorSettings

_YES, _NO = ("true", "auto", "yes", "on"), ("", "false", "off", "no")


def named(word: Union[str, bool], own: str) -> Optional[str]:
    """Name or path of the network that a word stands for: "true" or "auto" for the package's own.

    None for "false", "off" and "". Yes and no may be booleans, too.
    """
    text = str(word)
    if text.lower() in _NO:
        return None
    return own if text.lower() in _YES else text


def hands_for(
    word: Union[str, bool],
    skeleton: Skeleton,
    backend: str,
    device: str,
    threads: int,
    max_hands: int,
) -> Optional[HandEstimator]:
    """The network of hands for one of people; None where it is off."""
    if named(word, OWN_HAND) is not None:
        check_arms(skeleton)
    return load_hands(word, backend, device, threads, max_hands)


def load_hands(
    word: Union[str, bool],
    backend: str = "auto",
    device: str = "auto",
    threads: int = 0,
    max_hands: int = EstimatorSettings.max_hands,
) -> Optional[HandEstimator]:
    """The network of hands that a word stands for; None where it is off.

    On the backend and device given where that reads its file.
    """
    model = named(word, OWN_HAND)
    if model is None:
        return None
    return HandEstimator.load(
        model, *_backend_for(model, backend, device), threads, max_hands=max_hands
    )


def faces_for(
    word: Union[str, bool],
    skeleton: Skeleton,
    backend: str,
    device: str,
    threads: int,
    max_faces: int,
) -> Optional[FaceEstimator]:
    """The network of faces for one of people; None where it is off or heads have no joints."""
    model = named(word, OWN_FACE)
    if model is None or not set(JOINTS) <= set(skeleton.keypoints):
        return None
    return FaceEstimator.load(model, *_backend_for(model, backend, device), threads, max_faces)


def _backend_for(model: str, backend: str, device: str) -> Tuple[str, str]:
    """Backend and device of a second network: those of the first where that reads its file."""
    from lightweight_openpose.backends import file_for, reads
    from lightweight_openpose.zoo.catalogue import resolve

    if reads(file_for(*resolve(model), backend), backend):
        return backend, device
    return "auto", "cpu" if device == "cpu" else "auto"

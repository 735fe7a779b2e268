"""How many keypoints and limbs a skeleton may have, and that they hang together."""

from __future__ import annotations

from typing import Iterable, Sequence, Tuple

MIN_KEYPOINTS = 3
MIN_LIMBS = 2
MAX_KEYPOINTS = 255  # as many as a HumanPose can count
MAX_LIMBS = 1024


class BadSkeleton(ValueError):
    """The definition cannot be used; the message names the file, the fault and the remedy."""


def check_counts(keypoints: Sequence, limbs: Sequence, source: str) -> None:
    """Raise BadSkeleton where there are too many, before each is compared with each."""
    if len(keypoints) > MAX_KEYPOINTS:
        raise BadSkeleton(f"skeleton {source} has more than {MAX_KEYPOINTS} keypoints")
    if len(limbs) > MAX_LIMBS:
        raise BadSkeleton(f"skeleton {source} has more than {MAX_LIMBS} limbs")


def check_shape(keypoints: Sequence[str], limbs: Iterable[Tuple[int, int]], source: str) -> None:
    """Raise BadSkeleton unless there are enough keypoints and limbs and all are joined."""
    limbs = list(limbs)
    check_counts(keypoints, limbs, source)
    if len(keypoints) < MIN_KEYPOINTS or len(limbs) < MIN_LIMBS:
        raise BadSkeleton(
            f"skeleton {source} has {len(keypoints)} keypoints and {len(limbs)} limbs; at least "
            f"{MIN_KEYPOINTS} and {MIN_LIMBS} are needed"
        )
    reached = {0}
    for _ in keypoints:
        reached |= {b for a, b in limbs if a in reached} | {a for a, b in limbs if b in reached}
    loose = [k for i, k in enumerate(keypoints) if i not in reached]
    if loose:
        raise BadSkeleton(
            f"skeleton {source}: no limb leads to {', '.join(loose)}; add limbs until all are "
            "joined"
        )

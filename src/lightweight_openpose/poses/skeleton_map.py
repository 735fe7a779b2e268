"""From one skeleton to another, by the names of their joints."""
from __future__ import annotations

from typing import Tuple

import numpy as np

from .skeleton import Skeleton

# Joints that lie in the middle of two others.
MIDDLES = {
    "neck": ("right_shoulder", "left_shoulder"),
    "mid_hip": ("right_hip", "left_hip"),
}


def joint_sources(source: Skeleton, target: Skeleton) -> Tuple[Tuple[int, int], ...]:
    """For each joint of the target the two joints of the source in whose middle it lies.

    Twice the same where the source has it by name; (-1, -1) where it cannot be told.
    """
    names = source.keypoints
    pairs = []
    for joint in target.keypoints:
        ends = (joint, joint) if joint in names else MIDDLES.get(joint, ("", ""))
        known = all(end in names for end in ends)
        pairs.append((names.index(ends[0]), names.index(ends[1])) if known else (-1, -1))
    return tuple(pairs)


def convert_keypoints(keypoints: np.ndarray, source: Skeleton, target: Skeleton) -> np.ndarray:
    """(..., K, 3) keypoints of one skeleton -> (..., K', 3) float32 of another.

    Rows are x, y, score. A joint of the same name is copied, a joint in the middle of two others
    (the neck, the middle of the hips) has the lower of their scores, and one that the source does
    not have is [NaN, NaN, 0], as is one between joints of which one was not found.
    """
    keypoints = np.asarray(keypoints, np.float32)
    if keypoints.shape[-2:] != (source.num_keypoints, 3):
        raise ValueError(
            f"keypoints of shape {keypoints.shape} are not those of skeleton {source.name}, "
            f"(..., {source.num_keypoints}, 3)"
        )
    first, second = np.array(joint_sources(source, target)).T
    one = keypoints[..., first, :]
    other = keypoints[..., second, :]
    result = (one + other) / 2
    result[..., 2] = np.minimum(one[..., 2], other[..., 2])
    lost = (first < 0) | ~(result[..., 2] > 0)
    result[lost, :2] = np.nan
    result[lost, 2] = 0
    return result

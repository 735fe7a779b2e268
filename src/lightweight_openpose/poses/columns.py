"""The joints of a pose as columns of a table."""

from __future__ import annotations

from typing import List

import numpy as np

from .groups import group_joints, group_skeleton, groups_beside
from .pose import Pose
from .skeleton import Skeleton

PARTS = ("x", "y", "score")  # of a joint: [px], [px], [0, 1]


def joint_columns(skeleton: Skeleton, groups: bool = True) -> List[str]:
    """Names such as nose_x, nose_y, nose_score of the joints of a skeleton.

    groups: those of hands and face that poses have in addition come behind.
    """
    names = list(skeleton.keypoints)
    if groups:
        names += [joint for group in groups_beside(skeleton) for joint in group_joints(group)]
    return [f"{name}_{part}" for name in names for part in PARTS]


def joint_values(pose: Pose, skeleton: Skeleton) -> np.ndarray:
    """(C,) float64 of the joint_columns(): NaN where a joint was not found, with the score 0.

    All of a hand or face that was not found, or not looked for, is NaN.
    """
    rows = [pose.keypoints]
    for name in groups_beside(skeleton):
        group = getattr(pose, name)
        count = group_skeleton(name).num_keypoints
        rows.append(np.full((count, 3), np.nan) if group is None else group)
    return np.concatenate(rows).astype(np.float64).ravel()

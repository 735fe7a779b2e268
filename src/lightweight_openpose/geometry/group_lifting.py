"""Hands in metres, at the depth of what is seen around their joints."""

from __future__ import annotations

from typing import Callable, Dict

import numpy as np

from lightweight_openpose.poses import GROUP_TABLE, Group, Pose, Skeleton, group_skeleton

# Groups that have positions in metres: those of HumanPose3D.
LIFTED = {name: group for name, group in GROUP_TABLE.items() if group.begins_at}


def lift_groups(
    pose: Pose,
    body: np.ndarray,
    skeleton: Skeleton,
    lift: Callable[[Pose, Skeleton], np.ndarray],
) -> Dict[str, np.ndarray]:
    """(K, 4) [x, y, z in metres in the optical frame, score] of each LIFTED group, by its name.

    NaN where there is no depth of the group. body: (K, 4) joints of the pose, as lifting.lift gives
    them; skeleton: of them. lift: of a pose of the group's joints and their skeleton -> its points.
    What is out of reach of the body's joint, or of most of the group where that has no depth, is
    seen between the fingers.
    """
    found = {name: points for name, points in pose.groups.items() if name in LIFTED}
    return {
        name: _within(lift(Pose(points, 0.0), group_skeleton(name)), LIFTED[name], body, skeleton)
        for name, points in found.items()
    }


def _within(points: np.ndarray, group: Group, body: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    z = points[:, 2]
    if np.isfinite(z).any():
        start = _depth_of(body, group.begins_at, skeleton)
        middle = start if np.isfinite(start) else np.nanmedian(z)
        points[np.abs(z - middle) > group.reach, :3] = np.nan
    return points


def _depth_of(body: np.ndarray, joint: str, skeleton: Skeleton) -> float:
    if joint not in skeleton.keypoints:
        return float("nan")
    return float(body[skeleton.index(joint), 2])

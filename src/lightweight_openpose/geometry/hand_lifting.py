"""Hands in metres, at the depth of what is seen around their joints."""

from __future__ import annotations

from typing import Callable, NamedTuple, Optional

import numpy as np

from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import Skeleton

LONGEST = 0.25  # m along the optical axis from the wrist to a joint of the hand


class HandPoints(NamedTuple):
    """(21, 4) [x, y, z in metres in the optical frame, score] of each hand; None: it has none."""

    left: Optional[np.ndarray] = None
    right: Optional[np.ndarray] = None


def lift_hands(
    pose: Pose, body: np.ndarray, skeleton: Skeleton, lift: Callable[[Pose], np.ndarray]
) -> HandPoints:
    """The hands of a pose in metres; NaN where there is no depth of the hand.

    body: (K, 4) joints of the pose, as lifting.lift gives them; skeleton: of them. lift: of a pose
    of skeleton hand_21 -> its (21, 4) points. What is LONGEST away from the wrist, or from most of
    the hand where the wrist has no depth, is seen between the fingers.
    """
    return HandPoints(
        _lifted(pose.left_hand, _depth_of(body, "left_wrist", skeleton), lift),
        _lifted(pose.right_hand, _depth_of(body, "right_wrist", skeleton), lift),
    )


def _depth_of(body, joint, skeleton) -> float:
    if joint not in skeleton.keypoints:
        return float("nan")
    return float(body[skeleton.index(joint), 2])


def _lifted(hand, wrist, lift) -> Optional[np.ndarray]:
    if hand is None:
        return None
    points = lift(Pose(hand, 0.0))
    z = points[:, 2]
    if np.isfinite(z).any():
        middle = wrist if np.isfinite(wrist) else np.nanmedian(z)
        points[np.abs(z - middle) > LONGEST, :3] = np.nan
    return points

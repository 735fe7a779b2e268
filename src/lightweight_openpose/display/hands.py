"""Hands on an image, a colour for each finger."""
from __future__ import annotations

from functools import lru_cache
from typing import Iterable, List, Tuple

import cv2
import numpy as np

from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import Skeleton
from lightweight_openpose.poses.skeleton_file import find_skeleton

from .labels import Color, unit_of

_FINGERS = 5


def draw_hands(image: np.ndarray, poses: Iterable[Pose]) -> None:
    """The hands of the poses that have any, in place on an image (H, W, 3) uint8 BGR."""
    for pose in poses:
        for hand in (pose.left_hand, pose.right_hand):
            if hand is not None:
                _draw(image, hand)


@lru_cache(maxsize=None)
def hand_skeleton() -> Tuple[Skeleton, List[Color]]:
    """Skeleton of a hand and a colour (BGR, 0..255) of each limb, that of its finger."""
    skeleton = find_skeleton("hand_21")
    of_finger = skeleton.limb_colors[:: len(skeleton.limbs) // _FINGERS]
    ends = (skeleton.keypoints[b].split("_")[0] for _, b in skeleton.limbs)
    fingers = list(dict.fromkeys(skeleton.keypoints[b].split("_")[0] for _, b in skeleton.limbs))
    return skeleton, [of_finger[fingers.index(finger)] for finger in ends]


def _draw(image, hand):
    skeleton, colors = hand_skeleton()
    found = np.flatnonzero(hand[:, 2] > 0)
    points = {int(k): tuple(int(round(float(v))) for v in hand[k, :2]) for k in found}
    size = float(np.max(np.ptp(hand[found, :2], axis=0))) if len(found) else 0.0
    thickness = max(1, int(round(min(unit_of(image), size / 40))))
    for (a, b), color in zip(skeleton.limbs, colors):
        if a in points and b in points:
            cv2.line(image, points[a], points[b], color, thickness, cv2.LINE_AA)
    for point in points.values():
        cv2.circle(image, point, thickness, (255, 255, 255), -1, cv2.LINE_AA)

"""Hands and faces on an image: what a pose has in addition to its joints."""

from __future__ import annotations

from typing import Iterable, List, Sequence

import cv2
import numpy as np

from lightweight_openpose.poses import Pose, Skeleton, group_skeleton

from .colors import limb_colors
from .labels import WHITE, Color, unit_of

_SPACING = 4  # px of the group's size per point, below which dots would hide its lines


def draw_groups(image: np.ndarray, poses: Iterable[Pose]) -> None:
    """Hands and faces of the poses that have any, in place on an image (H, W, 3) uint8 BGR."""
    for pose in poses:
        for name, points in pose.groups.items():
            skeleton = group_skeleton(name)
            _draw(image, points, skeleton, group_colors(skeleton))


def group_colors(skeleton: Skeleton) -> List[Color]:
    """BGR (0..255) of each limb of a group: by its sides; without any one for each finger."""
    return limb_colors(skeleton) if skeleton.num_mirror_pairs else _finger_colors(skeleton)


def _finger_colors(skeleton: Skeleton) -> List[Color]:
    ends = [skeleton.keypoints[b].split("_")[0] for _, b in skeleton.limbs]
    fingers = list(dict.fromkeys(ends))
    of_finger = skeleton.limb_colors[:: len(skeleton.limbs) // len(fingers)]
    return [of_finger[fingers.index(finger)] for finger in ends]


def _draw(
    image: np.ndarray, group: np.ndarray, skeleton: Skeleton, colors: Sequence[Color]
) -> None:
    found = np.flatnonzero(group[:, 2] > 0)
    points = {int(k): tuple(int(round(float(v))) for v in group[k, :2]) for k in found}
    size = float(np.max(np.ptp(group[found, :2], axis=0))) if len(found) else 0.0
    thickness = max(1, int(round(min(unit_of(image), size / 40))))
    for (a, b), color in zip(skeleton.limbs, colors):
        if a in points and b in points:
            cv2.line(image, points[a], points[b], color, thickness, cv2.LINE_AA)
    for point in points.values() if size >= _SPACING * len(found) else ():
        cv2.circle(image, point, thickness, WHITE, -1, cv2.LINE_AA)

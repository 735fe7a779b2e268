"""Poses, heads and text on an image; functions draw in place on (H, W, 3) uint8 BGR."""
from __future__ import annotations

from typing import Iterable, Optional

import cv2
import numpy as np

from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import Skeleton

_ID_COLORS = (
    (80, 175, 76), (54, 67, 244), (243, 150, 33), (7, 193, 255), (176, 39, 156), (212, 188, 0),
    (34, 87, 255), (139, 125, 96)
)
# x out of the face, y to the person's left, z up
_AXIS_COLORS = ((0, 0, 255), (0, 255, 0), (255, 0, 0))


def _unit(image) -> float:
    """Size of a thin line for this image [px]."""
    return max(1.0, min(image.shape[:2]) / 360)


def _thickness(pose, unit) -> int:
    """Of the limbs [px]: 1/40 of the person, so that small people are not painted over.

    At most two units.
    """
    size = float(np.nanmax(pose.bbox[2:])) if pose.num_keypoints else 0.0
    return max(1, int(round(min(2 * unit, size / 40))))


def draw_pose(image: np.ndarray, pose: Pose, skeleton: Skeleton) -> None:
    """Limbs in their colours, joints as discs, id and score above the head."""
    unit = _unit(image)
    thickness = _thickness(pose, unit)
    points = {i: _pixel(pose.keypoints[i]) for i in np.flatnonzero(pose.found)}
    for (a, b), color in zip(skeleton.limbs, skeleton.limb_colors):
        if a in points and b in points:
            cv2.line(image, points[a], points[b], color, thickness, cv2.LINE_AA)
    for point in points.values():
        cv2.circle(image, point, int(1.25 * thickness), (255, 255, 255), -1, cv2.LINE_AA)
    if pose.num_keypoints:
        x, y, _, _ = pose.bbox
        label = f"{pose.score:.2f}" if pose.track_id < 0 else f"id {pose.track_id}"
        color = _ID_COLORS[pose.track_id % len(_ID_COLORS)]
        draw_text(image, label, (int(x), int(y - 4 * unit)), color)


def _pixel(point):
    return int(round(float(point[0]))), int(round(float(point[1])))


def draw_head(image: np.ndarray, origin, axes, label: str = "") -> None:
    """Axes of a head: origin (2,) and their three ends (3, 2), all [px]; label: beside the head."""
    unit = _unit(image)
    start = _pixel(origin)
    width = int(round(2 * unit))
    for end, color in reversed(list(zip(axes, _AXIS_COLORS))):
        cv2.arrowedLine(image, start, _pixel(end), color, width, cv2.LINE_AA, tipLength=0.25)
    if label:
        draw_text(image, label, (start[0] + int(8 * unit), start[1] - int(12 * unit)))


def draw_text(
    image: np.ndarray, text: str, origin, color=(255, 255, 255), scale: Optional[float] = None
) -> None:
    """Text with a dark outline, its lower left corner at origin (x, y) [px].

    It is pushed into the image. scale: of the font, by default to suit the image.
    """
    unit = _unit(image)
    scale = scale or 0.4 * unit
    (length, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    x = int(np.clip(origin[0], 0, max(0, image.shape[1] - length)))
    y = int(np.clip(origin[1], height, max(height, image.shape[0] - 2)))
    for shade, width in (((0, 0, 0), 3 * unit), (color, unit)):
        thickness = int(round(width))
        cv2.putText(
            image, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, shade, thickness, cv2.LINE_AA
        )


def draw_poses(image: np.ndarray, poses: Iterable[Pose], skeleton: Skeleton) -> None:
    """All poses, the best on top."""
    for pose in reversed(list(poses)):
        draw_pose(image, pose, skeleton)

"""Poses and heads on an image; functions draw in place on (H, W, 3) uint8 BGR."""

from __future__ import annotations

from typing import Dict, Iterable, List, Optional, Sequence, Tuple, Union

import cv2
import numpy as np

from lightweight_openpose.poses import COCO18, Pose, Skeleton, body_of, convert_pose
from lightweight_openpose.poses.people import People

from .colors import SIDE_COLORS, limb_colors
from .groups import draw_groups
from .heads import DrawnHead, drawn_heads
from .labels import WHITE, Box, Color, Labels, draw_bar, unit_of

_ID_COLORS = (
    (80, 175, 76),
    (54, 67, 244),
    (243, 150, 33),
    (7, 193, 255),
    (176, 39, 156),
    (212, 188, 0),
    (34, 87, 255),
    (139, 125, 96),
)
# Axes of a head: x out of the face, y to the person's left, z up.
_AXIS_COLORS = ((60, 60, 255), (60, 220, 60), (255, 120, 60))
LEGEND = (
    ("left", SIDE_COLORS["left"]),
    ("right", SIDE_COLORS["right"]),
    ("head: forward", _AXIS_COLORS[0]),
    ("left", _AXIS_COLORS[1]),
    ("up", _AXIS_COLORS[2]),
)
_FACE = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
_TAG_GREY = (60, 60, 60)
_MANY = 8  # people from whom on tags are smaller
_FAINT = 0.3  # score of a joint below which it and its limbs are drawn faintly
_FAINTNESS = 0.4  # share of the colour in what is faint


def draw_poses(
    image: np.ndarray,
    poses: Union[People, Iterable[Pose]],
    skeleton: Optional[Skeleton] = None,
    heads: Optional[Sequence[DrawnHead]] = None,
) -> None:
    """Poses with hands and faces, the best on top, heads, and tags that avoid what is important.

    Hands and faces are drawn thin, also where they are groups of the skeleton. skeleton: of the
    poses; None: that of People, else coco18. heads: None: those of People.
    """
    if skeleton is None:
        skeleton = poses.skeleton if isinstance(poses, People) else COCO18
    if heads is None:
        heads = drawn_heads(poses.heads, poses.camera) if isinstance(poses, People) else ()
    body = body_of(skeleton)
    poses = [convert_pose(pose, skeleton, body) for pose in poses]
    skeleton = body
    colors = limb_colors(skeleton)
    _draw_faint(image, poses, skeleton, colors)
    for pose in reversed(poses):
        strong = np.flatnonzero(pose.keypoints[:, 2] >= _FAINT)
        _draw_parts(image, pose, strong, skeleton, colors)
    draw_groups(image, poses)
    for head in heads:
        if head.spread is not None:
            _draw_spread(image, head.axes[0], head.spread)
        _draw_axes(image, head)
    labels = Labels(image, [box for pose in poses for box in _face_box(pose, skeleton)])
    size = 1.0 if len(poses) <= _MANY else 0.75
    for pose in poses:
        if pose.num_keypoints:
            labels.tag(_name(pose), Box(*pose.bbox), id_color(pose.track_id), size)
    for head in heads:
        if head.text:
            labels.tag(head.text, _head_box(head), _TAG_GREY, 0.8 * size)


def draw_status(image: np.ndarray, text: str, legend: bool = False) -> None:
    """A bar along the lower edge; legend: what the colours mean, too."""
    draw_bar(image, [(text, WHITE), *(LEGEND if legend else ())])


def count_people(count: float) -> str:
    """A number of people in words, such as "1 person"; half ones come of a median."""
    return "1 person" if count == 1 else f"{count:g} people"


def id_color(track_id: int) -> Color:
    """BGR of an id, grey without one."""
    return _ID_COLORS[track_id % len(_ID_COLORS)] if track_id >= 0 else (150, 150, 150)


def _name(pose: Pose) -> str:
    return f"id {pose.track_id}" if pose.track_id >= 0 else f"{100 * pose.score:.0f} %"


def _thickness(pose: Pose, unit: float) -> int:
    """Thickness of limbs [px]: 1/40 of the person, at most two units: the small stay visible."""
    size = float(np.nanmax(pose.bbox[2:])) if pose.num_keypoints else 0.0
    return max(1, int(round(min(2 * unit, size / 40))))


def _draw_parts(
    image: np.ndarray, pose: Pose, joints: np.ndarray, skeleton: Skeleton, colors: Sequence[Color]
) -> None:
    """The joints given, with the limbs between them."""
    thickness = _thickness(pose, unit_of(image))
    points: Dict[int, Tuple[int, int]] = {int(k): _pixel(pose.keypoints[k]) for k in joints}
    for (a, b), color in zip(skeleton.limbs, colors):
        if a in points and b in points:
            cv2.line(image, points[a], points[b], color, thickness, cv2.LINE_AA)
    color = id_color(pose.track_id) if pose.track_id >= 0 else WHITE
    for point in points.values():
        cv2.circle(image, point, max(1, int(1.25 * thickness)), color, -1, cv2.LINE_AA)


def _draw_faint(
    image: np.ndarray, poses: Sequence[Pose], skeleton: Skeleton, colors: Sequence[Color]
) -> None:
    """All joints that were found, faintly; the strong ones come over them."""
    weak = [pose for pose in poses if (pose.found & (pose.keypoints[:, 2] < _FAINT)).any()]
    if not weak:
        return
    xy = np.concatenate([pose.keypoints[pose.found, :2] for pose in weak])
    margin = 4 * unit_of(image)
    x0, y0 = np.maximum(xy.min(0) - margin, 0).astype(int)
    x1, y1 = np.ceil(xy.max(0) + margin).astype(int)
    part = image[y0:y1, x0:x1]
    if not part.size:
        return
    layer = part.copy()
    for pose in weak:
        keypoints = pose.keypoints.copy()
        keypoints[:, :2] -= (x0, y0)
        moved = Pose(keypoints, pose.score, pose.track_id)
        _draw_parts(layer, moved, np.flatnonzero(pose.found), skeleton, colors)
    part[:] = cv2.addWeighted(layer, _FAINTNESS, part, 1 - _FAINTNESS, 0)


def _draw_spread(image: np.ndarray, end: np.ndarray, covariance: np.ndarray) -> None:
    """The ellipse of one standard deviation around the end of the forward axis."""
    variances, directions = np.linalg.eigh(covariance)
    short, long = 2 * np.sqrt(np.maximum(variances, 0.25))
    angle = np.degrees(np.arctan2(directions[1, 1], directions[0, 1]))
    box = (tuple(map(float, end)), (float(long), float(short)), float(angle))
    cv2.ellipse(image, box, _AXIS_COLORS[0], max(1, int(unit_of(image))), cv2.LINE_AA)


def _draw_axes(image: np.ndarray, head: DrawnHead) -> None:
    """The axis towards the camera last, over the others."""
    width = max(1, int(round(1.5 * unit_of(image))))
    start = _pixel(head.origin)
    for end, color in reversed(list(zip(head.axes, _AXIS_COLORS))):
        cv2.arrowedLine(image, start, _pixel(end), color, width, cv2.LINE_AA, tipLength=0.25)


def _face_box(pose: Pose, skeleton: Skeleton) -> List[Box]:
    """Box of the face, with a margin for hair and chin, in a list; none where it is not seen."""
    rows = [skeleton.keypoints.index(name) for name in _FACE if name in skeleton.keypoints]
    xy = pose.keypoints[[k for k in rows if pose.keypoints[k, 2] > 0], :2]
    if len(xy) < 2:
        return []
    corner = xy.min(0)
    size = float(np.max(xy.max(0) - corner))
    middle = (xy.min(0) + xy.max(0)) / 2
    return [Box(middle[0] - 0.8 * size, middle[1] - size, 1.6 * size, 2 * size)]


def _head_box(head: DrawnHead) -> Box:
    ends = np.vstack([head.origin, head.axes])
    corner = ends.min(0)
    width, height = ends.max(0) - corner
    return Box(float(corner[0]), float(corner[1]), float(width), float(height))


def _pixel(point: np.ndarray) -> Tuple[int, int]:
    return int(round(float(point[0]))), int(round(float(point[1])))

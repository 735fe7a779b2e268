"""Heads for the eye: axes, angles and how certain these are."""

from __future__ import annotations

import math
from typing import Iterable, List, NamedTuple, Optional

import numpy as np

from lightweight_openpose.geometry import AXES, Camera, Orientation, head_axes, rotation_from_angles

_QUARTER = math.pi / 2  # rad; no head is drawn as less certain


class DrawnHead(NamedTuple):
    """A head to draw: its origin (2,) and the ends of its axes (3, 2) [px], and a text."""

    origin: np.ndarray
    axes: np.ndarray
    text: str = ""
    spread: Optional[np.ndarray] = None  # (2, 2) covariance [px^2] of the first end, where known


def drawn_head(head: Orientation, camera: Camera, length: float = AXES) -> Optional[DrawnHead]:
    """The head with its yaw, pitch and roll in whole degrees; None where it cannot be drawn.

    length: of the axes [m].
    """
    axes = head_axes(head.rotation, head.translation, camera, length)
    angles = (("y", head.yaw), ("p", head.pitch), ("r", head.roll))
    text = " ".join(f"{name}{round(math.degrees(angle)):+d}" for name, angle in angles)
    return None if axes is None else DrawnHead(*axes, text, _spread(head, camera, length))


def drawn_heads(
    heads: Iterable[Optional[Orientation]], camera: Optional[Camera]
) -> List[DrawnHead]:
    """Those of the heads that are known and can be drawn in an image of the camera."""
    if camera is None:
        return []
    drawn = (drawn_head(head, camera) for head in heads if head is not None)
    return [head for head in drawn if head is not None]


def _spread(head: Orientation, camera: Camera, length: float) -> Optional[np.ndarray]:
    """(2, 2) covariance [px^2] of the forward axis' end by yaw and pitch, None if not known."""
    deviations = np.array(head.angle_stddev[:2])
    if not np.isfinite(deviations).all():
        return None
    shifts = []
    for turn in np.diag(np.minimum(deviations, _QUARTER)):
        ends = [_end(head, sign * turn, camera, length) for sign in (1, -1)]
        if ends[0] is None or ends[1] is None:
            return None
        shifts.append((ends[0] - ends[1]) / 2)
    return np.transpose(shifts) @ shifts


def _end(
    head: Orientation, turn: np.ndarray, camera: Camera, length: float
) -> Optional[np.ndarray]:
    """(2,) [px] of the forward axis' end, of a head turned by more yaw and pitch [rad]."""
    yaw, pitch = (head.yaw, head.pitch) + turn
    rotation = rotation_from_angles(yaw, pitch, head.roll, head.translation)
    axes = head_axes(rotation, head.translation, camera, length)
    return None if axes is None else axes[1][0]

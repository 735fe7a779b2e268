"""Where up is for a body in an image."""

from __future__ import annotations

from typing import Optional

import numpy as np

from lightweight_openpose.poses import Skeleton

from .orientation import line_of_sight

_MIN_LENGTH = 1e-3  # px; a shorter way has no direction


def body_lean(
    keypoints: np.ndarray, head: np.ndarray, skeleton: Skeleton, min_score: float
) -> Optional[float]:
    """Angle [rad] from the image's up to the body's, clockwise; None where that is not seen.

    keypoints: (K, 3) of the skeleton [px, px, score]; head: (2,) [px] middle of the head. Up is the
    way from the neck to the head, which also somebody seen from the side has, plus the
    perpendicular to the shoulders on the head's side, which a bent neck leaves as it is.
    """
    neck, right, left = (
        _joint(keypoints, name, skeleton, min_score)
        for name in ("neck", "right_shoulder", "left_shoulder")
    )
    across = None
    if right is not None and left is not None:
        across = left - right
        neck = (right + left) / 2 if neck is None else neck
    if neck is None:
        return None
    up = head - neck
    if across is not None:
        upwards = np.array([across[1], -across[0]])
        up = up + (upwards if upwards @ up > 0 else -upwards)
    if np.linalg.norm(up) < _MIN_LENGTH:
        return None
    return float(np.arctan2(up[0], -up[1]))


def _joint(
    keypoints: np.ndarray, name: str, skeleton: Skeleton, min_score: float
) -> Optional[np.ndarray]:
    if name not in skeleton.keypoints:
        return None
    row = keypoints[skeleton.index(name)]
    return row[:2] if row[2] >= min_score and np.isfinite(row[:2]).all() else None


def turn_in_image(lean: float) -> np.ndarray:
    """(2, 2) rotation of pixels (x right, y down) by an angle [rad], clockwise."""
    cosine, sine = np.cos(lean), np.sin(lean)
    return np.array([[cosine, -sine], [sine, cosine]])


def upright_frame(position: np.ndarray, lean: float) -> np.ndarray:
    """(3, 3) axes of somebody at a position (3,) [m] in the optical frame, who leans so [rad].

    Columns: across, down, and away from the camera.
    """
    turn = np.eye(3)
    turn[:2, :2] = turn_in_image(lean)
    return line_of_sight(position) @ turn

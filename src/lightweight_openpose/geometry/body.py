"""A body in metres: where it is, how it stands and how fast it moves."""

from __future__ import annotations

from typing import Dict, List, Optional

import numpy as np

from lightweight_openpose.poses import Skeleton

TORSO_JOINTS = ("neck", "right_shoulder", "left_shoulder", "right_hip", "left_hip")
GAIN = 0.5  # of the alpha-beta filter
SPEED_GAIN = 0.25  # likewise
FORGET = 1.0  # s out of sight after which the speed is unknown again
_SHORTEST = 0.05  # m; vectors of the torso shorter than this tell no direction


def body_position(points: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """(3,) [m] the middle of the torso; where that is not seen, of the joints that are.

    NaN without any. points: (K, 4) as lifting.lift gives them.
    """
    named = dict(zip(skeleton.keypoints, points[:, :3]))
    shoulders = _seen(named, "neck", "right_shoulder", "left_shoulder")
    hips = _seen(named, "right_hip", "left_hip")
    if shoulders and hips:
        return np.mean([np.mean(shoulders, axis=0), np.mean(hips, axis=0)], axis=0)
    seen = points[np.isfinite(points[:, 2]), :3]
    return np.median(seen, axis=0).astype(float) if len(seen) else np.full(3, np.nan)


def _seen(named: Dict[str, np.ndarray], *names: str) -> List[np.ndarray]:
    """The positions that are known of these joints."""
    return [named[name] for name in names if name in named and np.isfinite(named[name]).all()]


def torso_rotation(points: np.ndarray, skeleton: Skeleton) -> Optional[np.ndarray]:
    """(3, 3) rotation of the torso in the optical frame, None without neck, hips or shoulders.

    Its columns: x out of the chest, y to the person's left, z up (REP-103).
    """
    named = dict(zip(skeleton.keypoints, points[:, :3].astype(float)))
    if not set(TORSO_JOINTS) <= named.keys():
        return None
    up = named["neck"] - (named["right_hip"] + named["left_hip"]) / 2
    left = named["left_shoulder"] - named["right_shoulder"] + named["left_hip"] - named["right_hip"]
    if not np.isfinite(up).all() or not np.isfinite(left).all():
        return None
    if min(np.linalg.norm(up), np.linalg.norm(left)) < _SHORTEST:
        return None
    z = up / np.linalg.norm(up)
    y = left - left @ z * z
    if np.linalg.norm(y) < _SHORTEST:
        return None
    y /= np.linalg.norm(y)
    return np.column_stack([np.cross(y, z), y, z])


class Motion:
    """Alpha-beta filter of a body's position on real time stamps."""

    def __init__(self) -> None:
        self._stamp: Optional[float] = None
        self._position: np.ndarray = np.zeros(3)
        self._velocity: np.ndarray = np.full(3, np.nan)

    def update(self, position: np.ndarray, stamp: float) -> np.ndarray:
        """(3,) velocity [m/s] after a position [m] at stamp [s]; NaN until the second sighting."""
        if not np.isfinite(position).all():
            return self._velocity.copy()
        elapsed = None if self._stamp is None else stamp - self._stamp
        if elapsed is None or not 0 < elapsed < FORGET:
            self._position = np.asarray(position, float)
            self._velocity = np.full(3, np.nan)
        elif np.isnan(self._velocity).any():
            self._velocity = (position - self._position) / elapsed
            self._position = np.asarray(position, float)
        else:
            error = position - self._position - self._velocity * elapsed
            self._position = self._position + self._velocity * elapsed + GAIN * error
            self._velocity = self._velocity + SPEED_GAIN * error / elapsed
        self._stamp = stamp
        return self._velocity.copy()

"""Where a hand lies: beyond the wrist of a forearm, or where its joints were found before."""

from __future__ import annotations

from typing import Optional

import numpy as np

from .closeup import Crop

BEYOND = 0.35  # of the arm's length, from the wrist to the middle of the crop
SIDE = 1.3  # of the crop over the arm's length
UPPER_ARM = 0.9  # length of a forearm over that of its upper arm
ROOM = 2.0  # side of the crop over the longer side of the joints' box
WRIST, MIDDLE_KNUCKLE = 0, 9  # among the joints of hand_21


def forearm_crop(
    wrist: np.ndarray, elbow: np.ndarray, shoulder: Optional[np.ndarray], mirrored: bool
) -> Crop:
    """The crop in which the forearm points up and the hand lies in the middle.

    wrist, elbow, shoulder: (2,) [px]; the shoulder tells the arm's length where the forearm points
    at the camera. mirrored: True for a left hand, which then looks like a right one.
    """
    along = np.asarray(wrist, float) - elbow
    forearm = float(np.hypot(*along))
    length = forearm
    if shoulder is not None:
        length = max(length, UPPER_ARM * float(np.hypot(*np.subtract(elbow, shoulder))))
    up = along / max(forearm, 1e-6)
    x, y = (wrist + BEYOND * length * up).tolist()
    return Crop(x, y, SIDE * max(length, 1.0), _upwards(up), mirrored)


def palm_crop(joints: np.ndarray, mirrored: bool) -> Crop:
    """The crop in which the line from the wrist to the middle knuckle points up.

    joints: (21, 2) [px], of hand_21. mirrored: as of `forearm_crop`.
    """
    joints = np.asarray(joints, float)
    angle = _upwards(joints[MIDDLE_KNUCKLE] - joints[WRIST])
    axes = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned = joints @ axes.T
    low, high = turned.min(0), turned.max(0)
    x, y = ((low + high) / 2 @ axes).tolist()
    return Crop(x, y, ROOM * max(float((high - low).max()), 1.0), angle, mirrored)


def _upwards(direction) -> float:
    """Angle [rad] of a crop in which a direction of the image points up."""
    return float(np.arctan2(direction[0], -direction[1]))

"""Where a hand lies: beyond the wrist of an arm, or where its joints were found before."""

from __future__ import annotations

import math

import numpy as np

from .arms import Arm
from .closeup import Crop

BEYOND_WRIST = 0.35  # of the arm's length, from the wrist to the crop's middle
FROM_ARM = 1.3  # side of the crop over the arm's length
AROUND = 2.0  # side of the crop over the longer side of the joints' box
WRIST, MIDDLE_KNUCKLE = 0, 9  # joints of skeleton hand_21 that are the axis of the palm


def forearm_crop(arm: Arm, mirrored: bool) -> Crop:
    """The crop beyond an arm's wrist in which the forearm points upwards.

    mirrored: True for a left hand that is to look like a right one.
    """
    forearm = arm.wrist - arm.elbow
    along = forearm / max(float(np.linalg.norm(forearm)), 1e-6)
    x, y = (arm.wrist + BEYOND_WRIST * arm.length * along).tolist()
    return Crop(x, y, FROM_ARM * max(arm.length, 1.0), _upwards(along), mirrored)


def palm_crop(joints: np.ndarray, mirrored: bool) -> Crop:
    """The crop of a hand whose joints are about known, the palm upwards.

    joints: (21, 2) [px], of hand_21. mirrored: as of `forearm_crop`.
    """
    joints = np.asarray(joints, float)
    angle = _upwards(joints[MIDDLE_KNUCKLE] - joints[WRIST])
    turn = Crop(0, 0, 1, angle).matrix(1)[:, :2]
    turned = joints @ turn.T
    low, high = turned.min(0), turned.max(0)
    x, y = ((low + high) / 2 @ turn).tolist()
    return Crop(x, y, AROUND * max(float((high - low).max()), 1.0), angle, mirrored)


def _upwards(axis: np.ndarray) -> float:
    """Angle [rad] of a crop in which this direction of the image points upwards."""
    return math.atan2(axis[0], -axis[1])

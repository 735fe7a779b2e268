"""How far a head is by its joints in metres, which tell it better than the size of the face."""

from __future__ import annotations

import numpy as np

from lightweight_openpose.poses import Skeleton

from .head import HEAD_KEYPOINTS


def on_body(
    translation: np.ndarray, points: np.ndarray, position: np.ndarray, skeleton: Skeleton
) -> np.ndarray:
    """(3,) [m] where a head is, in the direction in which solvePnP sees it.

    Its distance along the optical axis is that of its joints, else that of the body, else the one
    given. translation: (3,) [m] of Orientation; points: (K, >= 3) joints as lifting.lift gives
    them; position: (3,) [m] of the body; both NaN where unknown.
    """
    translation = np.asarray(translation, float)
    rows = [skeleton.index(name) for name in HEAD_KEYPOINTS if name in skeleton.keypoints]
    joints = np.asarray(points, float)[rows, 2]
    known = joints[np.isfinite(joints)]
    distance = float(np.median(known)) if len(known) else float(position[2])
    if not np.isfinite(distance):
        return translation
    return translation * distance / translation[2]

"""Arms of people: where hands are looked for."""

from __future__ import annotations

from typing import Dict, NamedTuple, Optional

import numpy as np

from lightweight_openpose.poses import Pose, Skeleton

SIDES = ("left", "right")
UPPER_ARM = 0.9  # of its length: the forearm, where that points at the camera


class Arm(NamedTuple):
    """Elbow and wrist of somebody, (2,) [px], and the shoulder where it was found."""

    wrist: np.ndarray
    elbow: np.ndarray
    shoulder: Optional[np.ndarray] = None

    @property
    def length(self) -> float:
        """Length of the forearm [px]; that of the upper arm where the forearm is foreshortened."""
        forearm = float(np.linalg.norm(self.wrist - self.elbow))
        if self.shoulder is None:
            return forearm
        return max(forearm, UPPER_ARM * float(np.linalg.norm(self.elbow - self.shoulder)))


def check_arms(skeleton: Skeleton) -> None:
    """Raise ValueError for a skeleton without the joints near which hands are looked for."""
    joints = [f"{side}_{part}" for side in SIDES for part in ("elbow", "wrist")]
    missing = [joint for joint in joints if joint not in skeleton.keypoints]
    if missing:
        raise ValueError(
            f"skeleton {skeleton.name} has no {missing[0]}: hands are found at the ends of arms"
        )


def arms_of(pose: Pose, skeleton: Skeleton) -> Dict[str, Arm]:
    """The arms whose elbow and wrist were found, by their side."""
    arms = {}
    for side in SIDES:
        wrist, elbow, shoulder = (
            joint_of(pose, skeleton, f"{side}_{part}") for part in ("wrist", "elbow", "shoulder")
        )
        if wrist is not None and elbow is not None:
            arms[side] = Arm(wrist, elbow, shoulder)
    return arms


def joint_of(pose: Pose, skeleton: Skeleton, name: str) -> Optional[np.ndarray]:
    """(2,) place [px] of a joint, None where it was not found or the skeleton has none."""
    if name not in skeleton.keypoints:
        return None
    row = pose.keypoints[skeleton.index(name)]
    return row[:2].astype(float) if row[2] > 0 else None

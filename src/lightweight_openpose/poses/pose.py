"""One person (or object) found in an image."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Dict, Optional, Tuple

import numpy as np

from .oks import box_area

HAND_KEYPOINTS = 21  # joints of skeleton hand_21
FACE_KEYPOINTS = 32  # landmarks of skeleton face_32


@dataclass(frozen=True)
class Group:
    """Keypoints that a pose may have next to its joints, in the field of Pose of its name."""

    skeleton: str  # of the group, in config/skeletons
    count: int  # keypoints; a group of that name in a skeleton has as many, in the same order
    begins_at: str = ""  # joint of the body where it begins; "": it has no positions in metres
    reach: float = 0.0  # [m] along the optical axis from there to the farthest of them


# The one list of the groups, by name; files, tables, filters, messages and drawings walk it.
GROUP_TABLE = {
    "left_hand": Group("hand_21", HAND_KEYPOINTS, "left_wrist", 0.25),
    "right_hand": Group("hand_21", HAND_KEYPOINTS, "right_wrist", 0.25),
    "face": Group("face_32", FACE_KEYPOINTS),
}
GROUPS = {name: group.count for name, group in GROUP_TABLE.items()}
GROUP_SKELETONS = {name: group.skeleton for name, group in GROUP_TABLE.items()}


@dataclass(frozen=True, eq=False)
class Pose:
    """A pose entry."""

    # (K, 3) float32, one row [x px, y px, score] per joint of the skeleton, in pixels of the image
    # given (sub-pixel, the centre of the top-left pixel is (0, 0)); score in [0, 1]. A joint that
    # was not found is [NaN, NaN, 0].
    keypoints: np.ndarray
    score: float  # confidence of the person in [0, 1]
    track_id: int = -1  # stable over frames, -1 when untracked or not sure yet
    # (HAND_KEYPOINTS, 3) likewise of each hand; None: not looked for, or not found.
    left_hand: Optional[np.ndarray] = None
    right_hand: Optional[np.ndarray] = None
    # (FACE_KEYPOINTS, 3) landmarks of skeleton face_32 [x px, y px, score]; None: not looked for,
    # or not found.
    face: Optional[np.ndarray] = None

    @property
    def groups(self) -> Dict[str, np.ndarray]:
        """The GROUPS that were found, by name."""
        groups = {name: getattr(self, name) for name in GROUPS}
        return {name: keypoints for name, keypoints in groups.items() if keypoints is not None}

    @property
    def found(self) -> np.ndarray:
        """(K,) bool, True for the joints that were found."""
        return self.keypoints[:, 2] > 0

    @property
    def num_keypoints(self) -> int:
        """Number of joints that were found."""
        return int(self.found.sum())

    @property
    def bbox(self) -> Tuple[float, float, float, float]:
        """The tightest box around the joints found: x, y of its top-left corner, width, height.

        In px; NaN without any joint.
        """
        xy = self.keypoints[self.found, :2]
        if not len(xy):
            return (float("nan"),) * 4
        x0, y0 = xy.min(0)
        x1, y1 = xy.max(0)
        return float(x0), float(y0), float(x1 - x0), float(y1 - y0)

    @cached_property
    def area(self) -> float:
        """Area [px^2], at least 1, that OKS measures distances by: see oks.box_area.

        Of the keypoints at the first time of asking.
        """
        return box_area(self.keypoints)


def missing_keypoints(count: int) -> np.ndarray:
    """(count, 3) float32 rows of joints that were not found."""
    keypoints = np.full((count, 3), np.nan, np.float32)
    keypoints[:, 2] = 0
    return keypoints

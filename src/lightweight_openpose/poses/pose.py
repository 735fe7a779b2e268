"""One person (or object) found in an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

import numpy as np


@dataclass(frozen=True, eq=False)
class Pose:
    """A pose entry.

    keypoints: (K, 3) float32, one row [x px, y px, score] per joint of the skeleton in pixels of the image given
        (sub-pixel, the centre of the top-left pixel is (0, 0)); score in [0, 1]. A joint that was not found is
        [NaN, NaN, 0].
    score: confidence of the person in [0, 1].
    track_id: stable over frames, -1 when untracked or not sure yet.
    """

    keypoints: np.ndarray
    score: float
    track_id: int = -1

    @property
    def found(self) -> np.ndarray:
        """(K,) bool, True for the joints that were found."""
        return self.keypoints[:, 2] > 0

    @property
    def num_keypoints(self) -> int:
        return int(self.found.sum())

    @property
    def bbox(self) -> Tuple[float, float, float, float]:
        """x, y of the top-left corner, width, height [px] of the tightest box around the joints found; NaN if none."""
        xy = self.keypoints[self.found, :2]
        if not len(xy):
            return (float("nan"),) * 4
        (x0, y0), (x1, y1) = xy.min(0), xy.max(0)
        return float(x0), float(y0), float(x1 - x0), float(y1 - y0)


def missing_keypoints(count: int) -> np.ndarray:
    """(count, 3) float32 rows of joints that were not found."""
    keypoints = np.full((count, 3), np.nan, np.float32)
    keypoints[:, 2] = 0
    return keypoints

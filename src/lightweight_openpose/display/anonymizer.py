"""Hides the head of everybody whom an estimator finds, at low scores too."""

from __future__ import annotations

from dataclasses import replace
from typing import List, Sequence

import numpy as np

from lightweight_openpose.estimation import PoseEstimator
from lightweight_openpose.poses import Pose

from .anonymize import HeadAnonymizer, find_more, shown
from .labels import Box


class Anonymizer:
    """Hides heads in the images of one camera, also of people whom the poses leave out."""

    def __init__(self, estimator: PoseEstimator, how: str):
        """how: "blur" or "box". Raises ValueError for a skeleton without a head."""
        # Finds also whom the thresholds of the poses would leave out.
        self.estimator = replace(estimator, config=find_more(estimator.config))
        self._config = estimator.config
        self._how = how
        self.forget()

    def forget(self) -> None:
        """What comes next has nothing to do with what was before: no head is held."""
        self._heads = HeadAnonymizer(self.estimator.skeleton)

    def shown(self, found: Sequence[Pose]) -> List[Pose]:
        """Those of the poses found by `estimator` that the estimator given at first finds."""
        return shown(found, self._config)

    def boxes(self, found: Sequence[Pose], tracked: Sequence[Pose], stamp: float) -> List[Box]:
        """Boxes [px] to hide in the image of stamp [s].

        found: by `estimator`; tracked: those that are shown, in their order, with their ids.
        """
        visible = self.shown(found)
        named = [replace(p, track_id=t.track_id) for p, t in zip(visible, tracked)]
        faint = [p for p in found if all(p is not v for v in visible)]
        return self._heads.update(named + faint, stamp)

    def anonymize(
        self, image: np.ndarray, found: Sequence[Pose], tracked: Sequence[Pose], stamp: float
    ) -> None:
        """Hide the heads in an image (H, W, 3), in place; the rest as for boxes()."""
        HeadAnonymizer.anonymize(image, self.boxes(found, tracked, stamp), self._how)

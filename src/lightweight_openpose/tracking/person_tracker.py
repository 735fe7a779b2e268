"""What a tracker is to the nodes and the command line."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, List, Optional, Protocol, Sequence

import numpy as np

from lightweight_openpose.poses import Pose
from lightweight_openpose.poses.people import People

# (poses of a frame with their ids, those of the frame before) -> the former with hands and faces
Complete = Callable[[List[Pose], Sequence[Pose]], List[Pose]]


class PersonTracker(Protocol):
    """Gives the poses of each frame ids that stay with the person."""

    def reset(self) -> None:
        """Forget everybody; ids start again at 0."""

    def update(
        self,
        poses: List[Pose],
        stamp: float,
        image: Optional[np.ndarray] = None,
        reduction: int = 1,
        complete: Optional[Complete] = None,
    ) -> List[Pose]:
        """The same poses with ids and, where on, smoothed joints.

        track_id is -1 for who is not sure to be a person yet. stamp: [s]; when it goes back,
        reset() comes first. image: BGR (H, W, 3) uint8 in which the poses were found. reduction: px
        of the poses per px of the image. complete: looks for hands and faces of people once
        they have their ids, such as PoseEstimator.complete; it leaves their number and order.
        """


def with_ids(
    tracker: PersonTracker,
    people: People,
    stamp: float,
    image: Optional[np.ndarray] = None,
    reduction: int = 1,
    complete: Optional[Complete] = None,
) -> People:
    """The people of a frame as a tracker answers them, with the stamp [s]; see its update()."""
    poses = tracker.update(list(people), stamp, image, reduction, complete)
    return replace(people.with_poses(poses), stamp=stamp)

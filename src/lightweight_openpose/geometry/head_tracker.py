"""Where the heads of tracked people point, frame after frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Optional, Sequence, Tuple

from lightweight_openpose.poses import Pose, Skeleton
from lightweight_openpose.poses.people import People
from lightweight_openpose.tracking import PerTrack

from .camera import Camera
from .head_solver import solver_for
from .orientation import Orientation
from .rotation_filter import RotationFilter

_RECENT = 0.5  # s for which the last solution of an id serves as the guess


@dataclass
class _Memory:
    """What is known of the head of one id."""

    last: Optional[Orientation] = None  # as it was solved for
    smooth: RotationFilter = field(default_factory=RotationFilter)


class HeadTracker:
    """Solves for the heads of people (objects, where their skeleton has points) in each frame.

    The last solution of an id is the guess of the next, and its rotations are filtered over time,
    whatever solver the skeleton has. Nothing else remembers heads.
    """

    def __init__(self, skeleton: Skeleton, min_score: float = 0.1, smoothing: bool = True):
        """min_score: [0, 1] of joints that count; smoothing: False: rotations stay as solved for.

        Raises ValueError for a skeleton with neither a head nor points.
        """
        self._solver = solver_for(skeleton, min_score)
        self._smoothing = smoothing
        self._memories = PerTrack(_Memory, _RECENT)

    def update(
        self, poses: Sequence[Pose], camera: Camera, stamp: float, network: str = ""
    ) -> List[Tuple[Optional[Orientation], str]]:
        """For each pose of a frame the orientation, or None and the reason.

        stamp: [s]; when it goes back, everybody is forgotten. network: that found the joints, by
        its name in models.yaml. A pose without an id (-1) is solved for by itself.
        """
        self._memories.at(stamp)
        return [self._solve(pose, camera, stamp, network) for pose in poses]

    def solve(self, people: People, camera: Optional[Camera] = None) -> People:
        """The same people with their heads, at their stamp.

        camera: of the image, None: an ideal one of ASSUMED_FOV.
        """
        camera = camera or Camera.assumed_for(*people.image_size)
        answers = self.update(people, camera, people.stamp or 0.0, people.model)
        return people.with_heads([head for head, _ in answers], camera)

    def _solve(
        self, pose: Pose, camera: Camera, stamp: float, network: str
    ) -> Tuple[Optional[Orientation], str]:
        known = self._memories.get(pose.track_id)
        previous = None if known is None else known.last
        head, reason = self._solver.solve(pose, camera, previous, network)
        if head is None or pose.track_id < 0:
            return head, reason
        memory = self._memories[pose.track_id]
        memory.last = head
        return (memory.smooth(head, stamp) if self._smoothing else head), reason

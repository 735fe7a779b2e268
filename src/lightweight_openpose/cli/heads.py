"""Heads of people in pictures whose camera is not calibrated."""

from __future__ import annotations

import math
from typing import List, Optional, Sequence

from lightweight_openpose.display.drawing import DrawnHead
from lightweight_openpose.display.heads import drawn_head
from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.head_tracker import HeadTracker
from lightweight_openpose.geometry.orientation import Orientation
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import Skeleton
from lightweight_openpose.ros.settings.head_orientation import HeadOrientationSettings

from .options import add_setting


def add_head_arguments(parser) -> None:
    """Whether heads are solved for, and with which camera."""
    parser.add_argument(
        "--heads",
        action="store_true",
        help="solve for heads (objects, where the skeleton has points): draw axes and yaw, pitch, "
        "roll in degrees, and write them to the JSON in radians",
    )
    add_setting(parser, HeadOrientationSettings, "assumed_fov")


class Heads:
    """Solves for the heads of the poses in one picture after the other."""

    def __init__(self, skeleton: Skeleton, assumed_fov: float, network: str = ""):
        """assumed_fov: horizontal [rad]; network: that finds joints, by its name in models.yaml.

        Raises ValueError for a skeleton without heads.
        """
        try:
            self._tracker = HeadTracker(skeleton)
        except ValueError as error:
            raise ValueError(f"--heads: {error}") from None
        self._fov = assumed_fov
        self._network = network

    def solve(self, poses: Sequence[Pose], shape, stamp: float) -> List[Optional[Orientation]]:
        """One for each pose, None where it cannot be told; shape: (H, W, 3); stamp [s]."""
        answers = self._tracker.update(poses, self.camera(shape), stamp, self._network)
        return [head for head, _ in answers]

    def drawn(self, heads: Sequence[Optional[Orientation]], shape) -> List[DrawnHead]:
        """Those that can be drawn on an image (H, W, 3)."""
        camera = self.camera(shape)
        drawn = [drawn_head(head, camera) for head in heads if head is not None]
        return [head for head in drawn if head is not None]

    def camera(self, shape) -> Camera:
        """The one assumed for an image (H, W, 3)."""
        return Camera.assumed_for(shape[1], shape[0], self._fov)

    def add_to(self, document: dict, heads: Sequence[Optional[Orientation]]) -> None:
        """Add them to the JSON of an image or frame, and that the camera is assumed."""
        document["assumed_fov"] = self._fov
        for pose, head in zip(document["poses"], heads):
            pose["head"] = None if head is None else head_to_dict(head)


def _rounded(value):
    return round(float(value), 4) if math.isfinite(value) else None


def head_to_dict(head: Orientation) -> dict:
    """JSON form of an orientation: angles [rad], position [m] in the optical frame.

    Standard deviations of the angles [rad] that are not known are null.
    """
    return {
        "yaw": round(head.yaw, 4),
        "pitch": round(head.pitch, 4),
        "roll": round(head.roll, 4),
        "angle_stddev": [_rounded(v) for v in head.angle_stddev],
        "position": [round(float(v), 4) for v in head.translation],
        "reprojection_error": round(float(head.reprojection_error), 3),
        "num_keypoints": head.num_keypoints,
    }

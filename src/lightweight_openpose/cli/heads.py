"""Heads of people in pictures whose camera is not calibrated."""

from __future__ import annotations

from lightweight_openpose.geometry.camera import ASSUMED_FOV, Camera
from lightweight_openpose.geometry.head_tracker import HeadTracker
from lightweight_openpose.poses.people import People
from lightweight_openpose.poses.skeleton import Skeleton

from .options import number


def add_head_arguments(parser) -> None:
    """Whether heads are solved for, and with which camera."""
    parser.add_argument(
        "--heads",
        action="store_true",
        help="solve for heads (objects, where the skeleton has points): draw axes and yaw, pitch, "
        "roll in degrees, and write them to the JSON in radians",
    )
    parser.add_argument(
        "--assumed-fov",
        type=number(0.1, 3.0),
        default=ASSUMED_FOV,
        help="horizontal field of view of the camera [rad] for --heads (default %(default)s: 60 "
        "degrees, as of many webcams)",
    )


class Heads:
    """Solves for the heads of the people in one picture after the other."""

    def __init__(self, skeleton: Skeleton, assumed_fov: float):
        """assumed_fov: horizontal [rad]. Raises ValueError for a skeleton without heads."""
        try:
            self._tracker = HeadTracker(skeleton)
        except ValueError as error:
            raise ValueError(f"--heads: {error}") from None
        self._fov = assumed_fov

    def __call__(self, people: People) -> People:
        """The people with their heads, by the camera that is assumed."""
        return self._tracker.solve(people, Camera.assumed_for(*people.image_size, self._fov))

"""Heads of people in pictures whose camera is not calibrated."""

from __future__ import annotations

import argparse

from lightweight_openpose.geometry import Camera, HeadTracker
from lightweight_openpose.poses import Skeleton
from lightweight_openpose.poses.people import People
from lightweight_openpose.ros.settings.head_orientation import HeadOrientationSettings

from .options import add_setting


def add_head_arguments(parser: argparse.ArgumentParser) -> None:
    """Whether heads are solved for, and with which camera."""
    parser.add_argument(
        "--heads",
        action="store_true",
        help="solve for heads (objects, where the skeleton has points): draw axes and yaw, pitch, "
        "roll in degrees, and write them to the JSON in radians",
    )
    add_setting(parser, HeadOrientationSettings, "assumed_fov")


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

"""What is drawn on pictures, shown and printed: the options that `image` and `video` share."""

from __future__ import annotations

import argparse
import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Deque, Optional, Sequence

from lightweight_openpose.display.anonymize import OFF
from lightweight_openpose.poses import Pose, convert_pose
from lightweight_openpose.poses.people import People
from lightweight_openpose.ros.settings.pose_visualizer import PoseVisualizerSettings

from .heads import Heads, add_head_arguments
from .options import add_output_skeleton_argument, add_setting, output_skeleton

if TYPE_CHECKING:
    import numpy as np

    from lightweight_openpose.estimation import PoseEstimator

_SPAN = 1.0  # s over which a rate is taken


def add_presentation_arguments(parser: argparse.ArgumentParser) -> None:
    """Heads, rate, window and the arrays of the Lightweight OpenPose code."""
    add_head_arguments(parser)
    parser.add_argument(
        "--fps",
        action="store_true",
        help="draw the frames per second (of a photo: of its estimation alone) and count people",
    )
    parser.add_argument("--show", action="store_true", help="in a window, too (q or Esc ends)")
    add_setting(parser, PoseVisualizerSettings, "anonymize")
    parser.add_argument(
        "--print-entries",
        action="store_true",
        help="print pose_entries (n, 20) and all_keypoints (m, 4), the arrays of the Lightweight "
        "OpenPose code, as Python",
    )
    add_output_skeleton_argument(parser, "in the JSON")


class FrameRate:
    """Frames per second over the last second."""

    def __init__(self) -> None:
        self._times: Deque[float] = deque()  # [s] of the frames

    def tick(self, now: Optional[float] = None) -> float:
        """Count a frame; the rate, 0 at the first. now [s]: by default the monotonic clock."""
        now = time.monotonic() if now is None else now
        self._times.append(now)
        while len(self._times) > 2 and now - self._times[0] > _SPAN:
            self._times.popleft()
        span = now - self._times[0]
        return (len(self._times) - 1) / span if span > 0 else 0.0


class Presenter:
    """Does with the poses of a picture what the options say."""

    def __init__(self, arguments: argparse.Namespace, estimator: PoseEstimator):
        """Raises ValueError for heads of a skeleton without, and for an output skeleton that does
        not fit; NoDisplay without a screen.
        """
        from lightweight_openpose.display.anonymizer import Anonymizer
        from lightweight_openpose.display.window import Window

        self.estimator = estimator  # also finds people of low scores, where heads are hidden
        heads = Heads(estimator.skeleton, arguments.assumed_fov) if arguments.heads else None
        self.heads = heads  # None: they are not wanted
        self._skeleton = estimator.skeleton
        # That of the poses that written() gives.
        self.written_skeleton = output_skeleton(arguments, self._skeleton) or self._skeleton
        self._fps = arguments.fps
        self._entries = arguments.print_entries
        self._anonymizer = None
        if arguments.anonymize != OFF:
            self._anonymizer = Anonymizer(estimator, arguments.anonymize)
            self.estimator = self._anonymizer.estimator
        self._window = Window(f"pose {arguments.command}") if arguments.show else None

    def shown(self, found: People) -> People:
        """Those of the people found by `estimator` that are to be seen."""
        return (
            found if self._anonymizer is None else found.with_poses(self._anonymizer.shown(found))
        )

    def written(self, people: People) -> People:
        """The people who are shown as they are to be written, of `written_skeleton`."""
        target = self.written_skeleton
        poses = [convert_pose(pose, self._skeleton, target) for pose in people]
        return replace(people, poses=tuple(poses), skeleton=target)

    def anonymize(self, image: np.ndarray, found: People, people: People) -> None:
        """Hide the heads in an image (H, W, 3) where wanted, in place.

        found: by `estimator`; people: those who are shown, in their order. A photo, whose people
        have no stamp, is one by itself.
        """
        if self._anonymizer is None:
            return
        if people.stamp is None:
            self._anonymizer.forget()
        self._anonymizer.anonymize(image, found, people, people.stamp or 0.0)

    def with_heads(self, people: People) -> People:
        """The people with their heads, where these are wanted."""
        return people if self.heads is None else self.heads(people)

    def draw(self, image: np.ndarray, people: People, rate: float) -> None:
        """Draw on the image (H, W, 3) in place; rate [1/s]."""
        from lightweight_openpose.display.drawing import count_people, draw_poses, draw_status

        draw_poses(image, people)
        if self._fps:
            draw_status(image, f"{rate:.1f} fps   {count_people(len(people))}")

    def print(self, poses: Sequence[Pose], what: str) -> None:
        """The arrays of a picture where they are wanted, after a comment that names it."""
        from lightweight_openpose.analysis.entries import entries_text

        if self._entries:
            print(f"# {what}\n{entries_text(poses, self._skeleton.num_keypoints)}")

    def show(self, image: np.ndarray, hold: bool = False) -> bool:
        """Show it in the window; hold: until a key. False where somebody has seen enough."""
        if self._window is None:
            return True
        return self._window.hold(image) if hold else self._window.show(image)

    def close(self) -> None:
        """Take the window away."""
        if self._window is not None:
            self._window.close()

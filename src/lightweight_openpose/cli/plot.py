"""Joints and head angles of each person over time, as PNG or HTML page.

From a bag with poses or the .jsonl of `pose video`. Head angles are computed for a camera with a
field of view of 60 degrees.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, List, Sequence

from .options import in_skeleton
from .recordings import read_recording

if TYPE_CHECKING:
    from lightweight_openpose.poses import Skeleton


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `pose plot`."""
    parser.add_argument(
        "recording", type=Path, help=".bag (see `pose bag`) or .jsonl (see `pose video`)"
    )
    parser.add_argument(
        "--output",
        type=Path,
        help=".png, or .html for a page with a table (default: next to the recording, .png)",
    )
    parser.add_argument(
        "--joints",
        nargs="+",
        default=["nose", "right_wrist", "left_wrist"],
        help="or groups of them, such as feet of body_25 or left_hand of body_hands (default: nose "
        "and wrists)",
    )
    parser.add_argument("--topic", default="", help="of the poses in a bag (default: the first)")
    parser.add_argument(
        "--skeleton",
        default="auto",
        help="name or YAML, such as body_hands for the joints of hands; auto: what the recording "
        "says",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the plot. Raises ValueError, or ImportError where matplotlib or ROS is missing."""
    from lightweight_openpose.analysis.history import history_of
    from lightweight_openpose.analysis.plots import write

    frames = list(read_recording(arguments.recording, arguments.topic))
    frames, skeleton = in_skeleton(frames, arguments.skeleton)
    joints = _joints(arguments.joints, skeleton)
    if not frames:
        raise ValueError(f"{arguments.recording} holds no frame with poses")
    output = arguments.output or arguments.recording.with_suffix(".png")
    if output.suffix not in (".png", ".html"):
        raise ValueError(f"{output}: expected a name that ends in .png or .html")
    history = history_of(frames)
    output.parent.mkdir(parents=True, exist_ok=True)
    write(history, skeleton, joints, output, arguments.recording.name)
    print(f"{output}: {len(history.frames)} frames, {len(history.people)} people")
    return 0


def _joints(names: Sequence[str], skeleton: Skeleton) -> List[str]:
    """The joints of these names of joints and groups. Raises ValueError."""
    groups = dict(skeleton.groups)
    unknown = [name for name in names if name not in skeleton.keypoints and name not in groups]
    if unknown:
        further = f", and the groups {', '.join(groups)}" if groups else ""
        raise ValueError(
            f"skeleton {skeleton.name} has no {', '.join(unknown)}; it has "
            f"{', '.join(skeleton.keypoints)}{further}"
        )
    joints = []
    for name in names:
        known = name in skeleton.keypoints
        joints += [name] if known else [skeleton.keypoints[joint] for joint in groups[name]]
    return joints

"""Joints and head angles of each person over time, as PNG or HTML page.

From a bag with poses or the .jsonl of `pose video`. Head angles are computed for a camera with a
field of view of 60 degrees.
"""
from __future__ import annotations

from pathlib import Path

from .options import skeleton_of
from .recordings import read_recording


def add_arguments(parser):
    """Options of `pose plot`."""
    parser.add_argument(
        "recording", type=Path, help=".bag (see `pose bag`) or .jsonl (see `pose video`)"
    )
    parser.add_argument(
        "--output", type=Path,
        help=".png, or .html for a page with a table (default: beside the recording, .png)"
    )
    parser.add_argument(
        "--joints", nargs="+", default=["nose", "right_wrist", "left_wrist"],
        help="(default: nose and wrists)"
    )
    parser.add_argument("--topic", default="", help="of the poses in a bag (default: the first)")
    parser.add_argument(
        "--skeleton", default="auto", help="name or YAML; auto: what the recording says"
    )


def run(arguments) -> int:
    """Write the plot. Raises ValueError, or ImportError where matplotlib or ROS is missing."""
    from lightweight_openpose.analysis.history import history_of
    from lightweight_openpose.analysis.plots import write
    from lightweight_openpose.poses.pose_lines import check_keypoints
    frames = list(read_recording(arguments.recording, arguments.topic))
    skeleton = skeleton_of(frames, arguments.skeleton)
    check_keypoints(frames, skeleton)
    unknown = [joint for joint in arguments.joints if joint not in skeleton.keypoints]
    if unknown:
        raise ValueError(
            f"skeleton {skeleton.name} has no {', '.join(unknown)}; it has "
            f"{', '.join(skeleton.keypoints)}"
        )
    if not frames:
        raise ValueError(f"{arguments.recording} holds no frame with poses")
    output = arguments.output or arguments.recording.with_suffix(".png")
    if output.suffix not in (".png", ".html"):
        raise ValueError(f"{output}: expected a name that ends in .png or .html")
    history = history_of(frames)
    output.parent.mkdir(parents=True, exist_ok=True)
    write(history, skeleton, arguments.joints, output, arguments.recording.name)
    print(f"{output}: {len(history.frames)} frames, {len(history.people)} people")
    return 0

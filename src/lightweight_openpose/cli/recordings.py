"""Poses that were recorded: bags, and the lines of `pose video`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Iterator

if TYPE_CHECKING:
    from lightweight_openpose.poses.pose_lines import Frame


def read_recording(path: Path, topic: str = "") -> Iterator[Frame]:
    """Frames of a bag or of the lines of `pose video`.

    topic: of the poses in a bag, by default the first. Raises ValueError.
    """
    if path.suffix == ".jsonl":
        from lightweight_openpose.poses.pose_lines import read_frames

        return read_frames(path)
    if path.suffix != ".bag":
        raise ValueError(f"{path}: expected a .bag with poses or the .jsonl of `pose video`")
    from lightweight_openpose.ros.bags import read_poses

    return read_poses.read_frames(path, topic)

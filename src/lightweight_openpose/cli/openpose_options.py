"""What users of OpenPose's programs type, for `pose video`."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any, Optional, Sequence

from lightweight_openpose.files import replacing
from lightweight_openpose.poses import Pose
from lightweight_openpose.poses.openpose_json import file_name, frame_to_json

_HEIGHTS = (32, 2048)  # [px] of the network's input
_WIDTHS = (32, 8192)


def add_openpose_arguments(parser: argparse.ArgumentParser) -> None:
    """--net-resolution and --write-json."""
    parser.add_argument(
        "--net-resolution",
        action=_NetResolution,
        metavar="WxH",
        help="of the network's input [px]: H as --height, and the width follows from the aspect "
        "ratio of each image; Wx-1: W as --width; -1 needs an equals sign: --net-resolution=-1x368",
    )
    parser.add_argument(
        "--write-json",
        type=Path,
        metavar="FOLDER",
        help="a file per frame in OpenPose's format, too",
    )


class _NetResolution(argparse.Action):
    """Sets the height, or the width where the height is -1."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: Optional[str] = None,
    ) -> None:
        match = re.fullmatch(r"(-1|\d{1,5})x(-1|\d{1,5})", values)
        if match is None:
            parser.error(f"{option_string} {values}: expected WxH, such as 656x368 or -1x368")
        width, height = int(match.group(1)), int(match.group(2))
        for value, (low, high) in ((width, _WIDTHS), (height, _HEIGHTS)):
            if value != -1 and not low <= value <= high:
                parser.error(f"{option_string} {values}: {value} is outside {low}..{high} px")
        if width == height == -1:
            parser.error(f"{option_string} {values}: give one of them")
        if height == -1:
            namespace.width = width
        else:
            namespace.height = height


class JsonFolder:
    """A folder with a file per frame."""

    def __init__(self, folder: Path, source: str, hands: bool = False):
        """source: of `pose video`; the files of a camera or stream have no name of a clip.

        hands: whether they are looked for.
        """
        from lightweight_openpose.video import is_live

        self._folder = folder
        self._hands = hands
        self._clip = "" if is_live(source) else Path(source).stem

    def write(self, number: int, poses: Sequence[Pose]) -> None:
        """Write a frame. Raises OSError."""
        with replacing(self._folder / file_name(self._clip, number)) as partial:
            partial.write_text(frame_to_json(poses, self._hands))

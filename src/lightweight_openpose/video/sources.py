"""Frames from a webcam, a video file, an image, a folder of both, a pipe, or a network stream."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Tuple

import cv2
import numpy as np

from lightweight_openpose.files import natural_order

from .capture import LiveCapture, Mode, SourceError, is_device
from .controls import asked
from .images import IMAGE_SUFFIXES, BadImage, read_image
from .streams import frame_count, video_frames

VIDEO_SUFFIXES = {".avi", ".mp4", ".mkv", ".mov", ".m4v", ".webm", ".mpg", ".mpeg"}
_STILL_FPS = 30.0


def is_live(source: str) -> bool:
    """True for a camera, a stream or a named pipe, which is worth opening again."""
    if re.match(r"^\d+$|^/dev/|^[a-z]+://", source):
        return not source.startswith("file://")
    return Path(source).expanduser().is_fifo()


@dataclass(frozen=True, eq=False)
class VideoFrame:
    """A frame of a source."""

    image: np.ndarray  # BGR (H, W, 3) uint8
    # s since the first: by its own time stamp, by the rate of still images, or, of a camera and of
    # a stream that is no recording, by the clock when it came
    time: float
    file: str = ""  # its name; "" of a camera or stream


class Source:
    """Iterate over it for the VideoFrames of a source, those of a folder in natural order.

    hold: seconds for which a still image is repeated; max_seconds: of each video file, 0 for all of
    it; mode: what a camera is asked for, whose frame rate is also that of still images; patience
    [s]: longest wait for a frame of a camera or stream. unreadable: file -> why it was skipped in
    the latest round; remarks: what is worth a warning, for the caller to take out. Iterating raises
    SourceError when a camera or stream fails and when no file gives a frame; a folder skips what it
    cannot read.
    """

    def __init__(
        self,
        source: str,
        hold: float = 0.0,
        max_seconds: float = 0.0,
        mode: Mode = Mode(),
        patience: float = 5.0,
    ):
        self.source = source
        self.live = is_live(source)
        self.unreadable: Dict[str, str] = {}
        self.remarks: List[str] = []
        self.files: List[Path] = []  # none of a camera or stream
        self._still_fps = mode.framerate or _STILL_FPS
        self._repeats = max(1, round(hold * self._still_fps))
        self._max_seconds = max_seconds
        if self.live:
            what = int(source) if source.isdigit() else source
            self._capture = LiveCapture(what, mode, patience)
            self.remarks = self._capture.remarks
        else:
            self.files = self._list(Path(source).expanduser())
        if not (self.live and is_device(what)):
            self._remark_ignored(mode)

    def _remark_ignored(self, mode: Mode) -> None:
        given = [] if mode.pixel_format == "auto" else [f"the pixel format {mode.pixel_format}"]
        for what in given + asked(mode.controls):
            self.remarks.append(f"{what} is for devices of Video4Linux: ignored for {self.source}")

    @staticmethod
    def _list(path: Path) -> List[Path]:
        if path.is_dir():
            suffixes = VIDEO_SUFFIXES | IMAGE_SUFFIXES
            found = (p for p in path.iterdir() if p.suffix.lower() in suffixes and p.is_file())
            files = sorted(found, key=natural_order)
            if not files:
                raise SourceError(f"folder {path} holds no image or video")
            return files
        if not path.is_file():
            raise SourceError(
                f"source {path} does not exist; give a camera index, a file, a folder or a URL"
            )
        return [path]

    def __iter__(self) -> Iterator[VideoFrame]:
        if self.live:
            yield from self._newest()
            return
        self.unreadable.clear()
        begin = 0.0  # s, of the file
        for path in self.files:
            last = None
            step = 1 / self._still_fps
            still = path.suffix.lower() in IMAGE_SUFFIXES
            reason = "is no image or video that can be read"
            try:
                for image, time in self._still(path) if still else self._video(path):
                    step = step if last is None else time - last
                    last = time
                    yield VideoFrame(image, begin + time, path.name)
            except (BadImage, OSError, cv2.error) as error:
                reason += f": {error}"
            if last is None:
                self.unreadable[str(path)] = reason
            else:
                begin += last + step
        if len(self.unreadable) == len(self.files):
            name, reason = next(iter(self.unreadable.items()))
            raise SourceError(f"{name} {reason}")

    def expected_frames(self) -> Optional[int]:
        """How many frames the files say that they have; None of a camera, or where one does not."""
        counts = [self._expected(path) for path in self.files]
        return sum(counts) if counts and None not in counts else None  # type: ignore[arg-type]

    def _expected(self, path: Path) -> Optional[int]:
        if path.suffix.lower() in IMAGE_SUFFIXES:
            return self._repeats
        try:
            return frame_count(path.absolute())
        except (BadImage, OSError):
            return 0  # it will be skipped

    def _newest(self) -> Iterator[VideoFrame]:
        first = None
        for image, time in self._capture:
            first = time if first is None else first
            yield VideoFrame(image, time - first)

    def _still(self, path: Path) -> Iterator[Tuple[np.ndarray, float]]:
        image = read_image(path)
        for i in range(self._repeats):
            yield image, i / self._still_fps

    def _video(self, path: Path) -> Iterator[Tuple[np.ndarray, float]]:
        for image, time in video_frames(path.absolute()):
            if self._max_seconds and time >= self._max_seconds:
                return
            yield image, time

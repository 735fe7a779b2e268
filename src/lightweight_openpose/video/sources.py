"""Frames from a webcam, a video file, an image, a folder of both, a pipe, or a network stream."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Dict, Iterator, List, Tuple

import cv2
import numpy as np

from .capture import LiveCapture, Mode, SourceError, is_device
from .images import IMAGE_SUFFIXES, BadImage, check_size, read_image

VIDEO_SUFFIXES = {".avi", ".mp4", ".mkv", ".mov", ".m4v", ".webm", ".mpg", ".mpeg"}
_DEFAULT_FPS = 30.0


def is_live(source: str) -> bool:
    """True for a camera, a stream or a named pipe, which is worth opening again."""
    if re.match(r"^\d+$|^/dev/|^[a-z]+://", source):
        return not source.startswith("file://")
    return Path(source).expanduser().is_fifo()


class Source:
    """Iterate over it for (BGR frame, frames per second of its source).

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
        self._still_fps = mode.framerate or _DEFAULT_FPS
        self._hold = hold
        self._max_seconds = max_seconds
        if self.live:
            what = int(source) if source.isdigit() else source
            self._capture = LiveCapture(what, mode, patience)
            self.remarks = self._capture.remarks
        else:
            self.files = self._list(Path(source).expanduser())
        if mode.pixel_format != "auto" and not (self.live and is_device(what)):
            self.remarks.append(
                f"the pixel format {mode.pixel_format} is for devices of Video4Linux: ignored for "
                f"{source}"
            )

    @staticmethod
    def _list(path: Path):
        if path.is_dir():
            suffixes = VIDEO_SUFFIXES | IMAGE_SUFFIXES
            files = sorted(
                p for p in path.iterdir() if p.suffix.lower() in suffixes and p.is_file()
            )
            if not files:
                raise SourceError(f"folder {path} holds no image or video")
            return files
        if not path.is_file():
            raise SourceError(
                f"source {path} does not exist; give a camera index, a file, a folder or a URL"
            )
        return [path]

    def __iter__(self) -> Iterator[Tuple[np.ndarray, float]]:
        if self.live:
            yield from ((frame, _DEFAULT_FPS) for frame in self._capture)
            return
        self.unreadable.clear()
        for path in self.files:
            still = path.suffix.lower() in IMAGE_SUFFIXES
            frames = 0
            try:
                for item in self._still(path) if still else self._video(path):
                    frames += 1
                    yield item
                reason = "" if frames else "is no image or video that OpenCV can read"
            except (BadImage, OSError, cv2.error) as error:
                reason = f"is no image or video that can be read: {error}"
            if reason and not frames:
                self.unreadable[str(path)] = reason
        if len(self.unreadable) == len(self.files):
            path, reason = next(iter(self.unreadable.items()))
            raise SourceError(f"{path} {reason}")

    def _still(self, path):
        image = read_image(path)
        for _ in range(max(1, round(self._hold * self._still_fps))):
            yield image, self._still_fps

    def _video(self, path):
        for i, (frame, fps) in enumerate(_frames(str(path))):
            if self._max_seconds and i >= self._max_seconds * fps:
                return
            yield frame, fps


def _frames(path):
    """(frame, frames per second) of a video file."""
    capture = cv2.VideoCapture(path)
    try:
        if not capture.isOpened():
            return
        width, height = (
            capture.get(p) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
        )
        check_size(width, height)
        fps = capture.get(cv2.CAP_PROP_FPS)
        fps = fps if 1 <= fps <= 1000 else _DEFAULT_FPS
        while True:
            ok, frame = capture.read()
            if not ok:
                return
            yield frame, fps
    finally:
        capture.release()

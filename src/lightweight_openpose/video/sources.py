"""Frames from a webcam, a video file, an image, a folder of both, or a network stream."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator, Optional, Tuple

import cv2
import numpy as np

from .capture import LiveCapture, SourceError
from .images import IMAGE_SUFFIXES

VIDEO_SUFFIXES = {".avi", ".mp4", ".mkv", ".mov", ".m4v", ".webm", ".mpg", ".mpeg"}
_DEFAULT_FPS = 30.0


def is_live(source: str) -> bool:
    """True for a camera or a stream, which has no end and is worth opening again."""
    return bool(re.match(r"^\d+$|^/dev/|^[a-z]+://", source)) and not source.startswith("file://")


class Source:
    """Iterate over it for (BGR frame, frames per second of its source).

    hold: seconds for which a still image is repeated; max_seconds: of each video file, 0 for all of
    it; size: (width, height) to ask a camera for, None for its own; patience [s]: longest wait for
    a frame of a camera or stream. unreadable: files skipped so far. Iterating raises SourceError
    when a camera or stream fails; a folder skips what it cannot read.
    """

    def __init__(self, source: str, hold: float = 0.0, max_seconds: float = 0.0,
                 size: Optional[Tuple[int, int]] = None, patience: float = 5.0):
        self.source = source
        self.live = is_live(source)
        self.unreadable = []
        self._hold = hold
        self._max_seconds = max_seconds
        self._size = size
        self._patience = patience
        self._files = [] if self.live else self._list(Path(source).expanduser())

    @staticmethod
    def _list(path: Path):
        if path.is_dir():
            suffixes = VIDEO_SUFFIXES | IMAGE_SUFFIXES
            files = sorted(p for p in path.iterdir() if p.suffix.lower() in suffixes)
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
            what = int(self.source) if self.source.isdigit() else self.source
            yield from (
                (frame, _DEFAULT_FPS) for frame in LiveCapture(what, self._size, self._patience)
            )
            return
        for path in self._files:
            frames = 0
            still = path.suffix.lower() in IMAGE_SUFFIXES
            for item in self._still(path) if still else self._video(path):
                frames += 1
                yield item
            if frames == 0:
                self.unreadable.append(str(path))
        if len(self.unreadable) == len(self._files):
            raise SourceError(f"{self.unreadable[0]} is no image or video that OpenCV can read")

    def _still(self, path):
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is not None:
            for _ in range(max(1, round(self._hold * _DEFAULT_FPS))):
                yield image, _DEFAULT_FPS

    def _video(self, path):
        for i, (frame, fps) in enumerate(self._capture(str(path))):
            if self._max_seconds and i >= self._max_seconds * fps:
                return
            yield frame, fps

    def _capture(self, path):
        capture = cv2.VideoCapture(path)
        try:
            fps = capture.get(cv2.CAP_PROP_FPS)
            fps = fps if 1 <= fps <= 1000 else _DEFAULT_FPS
            while True:
                ok, frame = capture.read()
                if not ok:
                    return
                yield frame, fps
        finally:
            capture.release()

"""Write frames to an mp4 at the rate at which they came."""
from __future__ import annotations

import os
from pathlib import Path
from typing import List, Optional, Tuple

import cv2
import numpy as np

_FRAMES_TO_TIME = 10


class VideoRecorder:
    """mp4 of frames with time stamps.

    The frame rate is measured on the first frames unless fps is given. Frames of another size than
    the first are fitted into it on black. Raises OSError when the file cannot be written.
    """

    def __init__(self, path, fps: float = 0.0):
        self.path = Path(path).expanduser()
        if self.path.suffix.lower() != ".mp4":
            raise OSError(f"cannot record to {self.path}: the name of the file must end in .mp4")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(str(self.path.parent), os.W_OK):
            raise OSError(f"cannot record to {self.path}: the folder is not writable")
        self._fps = fps
        self._writer = None
        self._waiting: List[Tuple[np.ndarray, float]] = []
        self._size: Optional[Tuple[int, int]] = None

    def write(self, frame: np.ndarray, stamp: float) -> None:
        """Add a BGR frame; stamp [s]."""
        if self._size is None:
            self._size = (frame.shape[1] & ~1, frame.shape[0] & ~1)  # encoders want even sizes
        frame = _fit(frame, self._size)
        if self._writer is None:
            self._waiting.append((frame, stamp))
            if self._fps or len(self._waiting) >= _FRAMES_TO_TIME:
                self._open()
        else:
            self._writer.write(frame)

    def close(self) -> None:
        """Finish the file; what was written so far can be played."""
        if self._writer is None and self._waiting:
            self._open()
        if self._writer is not None:
            self._writer.release()
            self._writer = None
            self._waiting = []

    def _open(self):
        gaps = np.diff([stamp for _, stamp in self._waiting])
        gaps = gaps[gaps > 0]
        fps = self._fps or (float(np.clip(1 / np.mean(gaps), 1, 120)) if len(gaps) else 10.0)
        self._writer = cv2.VideoWriter(
            str(self.path), cv2.VideoWriter_fourcc(*"mp4v"), fps, self._size
        )
        if not self._writer.isOpened():
            raise OSError(
                f"cannot record to {self.path}: OpenCV cannot write mp4 here (is its ffmpeg part "
                "installed?)"
            )
        for frame, _ in self._waiting:
            self._writer.write(frame)
        self._waiting = []


def _fit(frame, size):
    width, height = size
    if (frame.shape[1], frame.shape[0]) == size:
        return frame
    scale = min(width / frame.shape[1], height / frame.shape[0])
    fitted = [max(1, round(n * scale)) for n in (frame.shape[1], frame.shape[0])]
    inner = cv2.resize(frame, tuple(fitted))
    canvas = np.zeros((height, width, 3), np.uint8)
    y = (height - inner.shape[0]) // 2
    x = (width - inner.shape[1]) // 2
    canvas[max(y, 0):y + inner.shape[0], max(x, 0):x + inner.shape[1]] = inner[:height, :width]
    return canvas

"""Frames of a camera or stream as they come: never old ones, and never a wait without end."""
from __future__ import annotations

import threading
from typing import Iterator, Optional, Tuple, Union

import cv2
import numpy as np


class SourceError(RuntimeError):
    """The source cannot be opened or was lost; the message names it and the likely cause."""


OPENING = 3  # times the patience until the first frame: some cameras and streams are slow to open


class LiveCapture:
    """Iterate over it for the newest BGR frames of a camera.

    A thread reads, so that frames do not queue up in the driver while the caller is busy, and a
    read that hangs is noticed. what: index, device or URL; size: (width, height) to ask for;
    patience [s]: longest wait for a frame. Iterating raises SourceError when it cannot be opened,
    ends, or gives nothing for `patience`.
    """

    def __init__(
        self, what: Union[int, str], size: Optional[Tuple[int, int]] = None, patience: float = 5.0
    ):
        self._what = what
        self._size = size
        self._patience = patience
        self._condition = threading.Condition()
        self._frame: Optional[np.ndarray] = None
        self._error: Optional[str] = None
        self._open = True

    def __iter__(self) -> Iterator[np.ndarray]:
        threading.Thread(target=self._read, daemon=True).start()
        try:
            patience = OPENING * self._patience
            while True:
                yield self._next(patience)
                patience = self._patience
        finally:
            self._open = False

    def _next(self, patience):
        with self._condition:
            self._condition.wait_for(lambda: self._frame is not None or self._error, patience)
            if self._frame is not None:
                frame = self._frame
                self._frame = None
                return frame
        stalled = f"{self._what} gave no frame for {patience:.0f} s: is the stream stalled?"
        raise SourceError(self._error or stalled)

    def _read(self):
        # The capture lives and dies in this thread: releasing it while a read hangs would crash.
        capture = cv2.VideoCapture(self._what)
        try:
            if not capture.isOpened():
                self._fail(
                    f"cannot open {self._what}: is it plugged in, reachable, and free (another "
                    "program may hold it)?"
                )
                return
            if self._size:
                capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._size[0])
                capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._size[1])
            while self._open:
                ok, frame = capture.read()
                if not ok:
                    self._fail(f"{self._what} stopped giving frames: was it unplugged?")
                    return
                with self._condition:
                    self._frame = frame
                    self._condition.notify()
        finally:
            capture.release()

    def _fail(self, error):
        with self._condition:
            self._error = error
            self._condition.notify()

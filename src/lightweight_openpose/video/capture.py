"""Frames of a camera or stream as they come: never old ones, and never a wait without end."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic as clock
from typing import Any, Callable, Generator, Iterator, List, Mapping, Optional, Set, Tuple, Union

import cv2
import numpy as np

from .controls import ask_controls
from .streams import StreamError, stream_frames


class SourceError(RuntimeError):
    """The source cannot be opened or was lost; the message names it and the likely cause."""


class Stalled(SourceError):
    """The source is open and gives nothing."""


OPENING = 3  # times the patience until the first frame: some cameras and streams are slow to open
_FAREWELL = 1.0  # s that a reader has to close its device
FOURCC = {  # name as usb_cam has it -> code of Video4Linux
    "mjpeg": "MJPG",
    "yuyv": "YUYV",
    "uyvy": "UYVY",
    "rgb24": "RGB3",
    "grey": "GREY",
}


@dataclass(frozen=True)
class Mode:
    """What a camera is asked for; it may give something else."""

    size: Optional[Tuple[int, int]] = None  # (width, height) [px]; None: its own
    framerate: float = 0.0  # [1/s]; 0: its own
    pixel_format: str = "auto"  # one of FOURCC, for devices of Video4Linux alone; auto: its own
    # controls.CONTROLS -> value, likewise
    controls: Mapping[str, int] = field(default_factory=dict, hash=False)


class LiveCapture:
    """Iterate over it for (newest BGR frame of a camera, time [s]).

    Times are those of a recording that is sent, else the clock's when the frame came; where they
    begin says nothing. A thread reads, so that frames do not queue up in the driver while the
    caller is busy, and a read that hangs is noticed. what: index, device, pipe or URL; patience
    [s]: longest wait for a frame. remarks: what is worth a warning, for the caller to take out.
    Iterating raises SourceError when it cannot be opened, ends, or gives nothing for `patience`,
    and may be done again: a device or pipe that hangs has its reader still, which then goes on.
    """

    def __init__(self, what: Union[int, str], mode: Mode = Mode(), patience: float = 5.0):
        self.remarks: List[str] = []
        self._remarked: Set[str] = set()
        self._what = what
        self._mode = mode
        self._patience = patience
        self._shared = "://" in str(what)  # more than one can read it at a time
        self._reader: Optional[_Reader] = None

    def __iter__(self) -> Iterator[Tuple[np.ndarray, float]]:
        if self._reader is None or not self._reader.is_alive():
            self._reader = _Reader(self._what, self._frames())
            self._reader.start()
        reader = self._reader
        patience = OPENING * self._patience
        abandon = True
        try:
            while True:
                yield reader.next(patience)
                patience = self._patience
        except Stalled:
            abandon = self._shared
            raise
        finally:
            if abandon:
                self._reader = None
                reader.close()

    def _frames(self) -> Generator[Tuple[np.ndarray, Optional[float]], None, None]:
        if is_device(self._what):
            return _device_frames(self._what, self._mode, self._remark)
        slack = self._patience + _FAREWELL  # the caller's own wait ends first, and says more
        return stream_frames(str(self._what), OPENING * slack, slack)

    def _remark(self, text: str) -> None:
        """Once, however often a device is opened."""
        if text not in self._remarked:
            self._remarked.add(text)
            self.remarks.append(text)


class _Reader(threading.Thread):
    """Holds the newest of some frames, which a camera gives that lives and dies in this thread.

    Releasing it elsewhere while a read hangs would crash.
    """

    def __init__(
        self,
        what: Union[int, str],
        frames: Generator[Tuple[np.ndarray, Optional[float]], None, None],
    ):
        super().__init__(daemon=True)
        self._what = what
        self._frames = frames
        self._ended = f"{what} stopped giving frames: was it unplugged?"
        self._condition = threading.Condition()
        self._frame: Optional[Tuple[np.ndarray, float]] = None
        self._error: Optional[str] = None
        self._gave_frames = False
        self._wanted = True

    def next(self, patience: float) -> Any:
        """The newest frame and its time, within `patience` [s]."""
        with self._condition:
            self._condition.wait_for(lambda: self._frame is not None or self._error, patience)
            if self._frame is not None:
                frame = self._frame
                self._frame = None
                return frame
        if self._error:
            raise SourceError(self._error)
        raise Stalled(f"{self._what} gave no frame for {patience:.0f} s: is the stream stalled?")

    def close(self) -> None:
        """Let the thread end, and wait for that unless it hangs.

        A program that ends while OpenCV closes a device in a thread is aborted.
        """
        self._wanted = False
        self.join(_FAREWELL)

    def run(self) -> None:
        """Read until the camera ends or nobody wants it; say why only when it is closed."""
        try:
            error = self._read()
        except Exception as fault:  # whoever waits for frames hears of it
            error = self._explained(fault)
        self._frames.close()
        with self._condition:
            self._error = error
            self._condition.notify()

    def _explained(self, fault: object) -> str:
        if not self._gave_frames:
            reason = f" ({fault})" if str(fault) else ""
            return (
                f"cannot open {self._what}{reason}: is it plugged in, reachable, and free (another "
                "program may hold it)?"
            )
        if isinstance(fault, StreamError):
            return self._ended
        return f"{self._what} failed: {fault}"

    def _read(self) -> str:
        for image, stamp in self._frames:
            with self._condition:
                self._frame = image, clock() if stamp is None else stamp
                self._gave_frames = True
                self._condition.notify()
            if not self._wanted:
                break
        return self._ended


def is_device(what: Union[int, str]) -> bool:
    """True for an index or path of Video4Linux."""
    return isinstance(what, int) or what.startswith("/dev/")


def _device_frames(
    what: Union[int, str], mode: Mode, remark: Callable[[str], None]
) -> Generator[Tuple[np.ndarray, Optional[float]], None, None]:
    """Of OpenCV's backends only that of Video4Linux: others hang, or take what comes."""
    with _silent_opencv():
        capture = cv2.VideoCapture(what, cv2.CAP_V4L2)
    try:
        if not capture.isOpened():
            raise OSError  # OpenCV does not say why
        _ask(capture, what, mode, remark)
        while True:
            ok, frame = capture.read()
            if not ok:
                return
            yield frame, None
    finally:
        capture.release()


@contextmanager
def _silent_opencv() -> Iterator[None]:
    """OpenCV complains on stderr of each camera that it cannot open; the caller says it once."""
    set_level = getattr(cv2, "setLogLevel", None)  # older versions have none
    level = set_level and set_level(0)
    try:
        yield
    finally:
        if set_level:
            set_level(level)


def _ask(
    capture: cv2.VideoCapture, what: Union[int, str], mode: Mode, remark: Callable[[str], None]
) -> None:
    """Set the format first: a driver resets the rest with it."""
    code = FOURCC.get(mode.pixel_format)
    if code is not None:
        wanted = cv2.VideoWriter_fourcc(*code)
        capture.set(cv2.CAP_PROP_FOURCC, wanted)
        if int(capture.get(cv2.CAP_PROP_FOURCC)) != wanted:
            remark(f"{what} does not give {mode.pixel_format}: it keeps its own format")
    if mode.size:
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, mode.size[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, mode.size[1])
    if mode.framerate:
        capture.set(cv2.CAP_PROP_FPS, mode.framerate)
    for refused in ask_controls(capture, mode.controls):
        remark(f"{what} does not take {refused}: it keeps its own")

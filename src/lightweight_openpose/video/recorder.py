"""Frames with time stamps to an mp4 that browsers play."""

from __future__ import annotations

import os
import stat
from fractions import Fraction
from pathlib import Path
from typing import Any, List, Optional, Tuple, Union

import cv2
import numpy as np

from lightweight_openpose.files import install_command

from .mp4_file import NOMINAL, TICKS, cut_after_last_fragment, playable, put_in_order

KEY_INTERVAL = 1.0  # s between frames that stand by themselves: what a kill at any time may cost
MAX_GAP = 60.0  # s from a frame to the next; stamps further apart are of a clock that was set
# In fragments a file can be played however it ended; at the end it is put in order for seeking.
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "flush_packets": "1"}
ENCODER = {"preset": "ultrafast", "tune": "zerolatency", "crf": "23", "forced-idr": "1"}
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class VideoRecorder:
    """H.264 (yuv420p) in an mp4, each frame shown from its own time stamp on.

    Where stamps go back, stand still or jump by more than MAX_GAP, the frame follows NOMINAL
    seconds after the one before it. Frames of another size than the first are fitted into it on
    black. What was written can be played up to the last second also when the process is killed or
    the disk is full. A link is followed. Needs the package av. Raises OSError when the file cannot
    be written, ImportError without av.

    frames: how many were given. remarks: what is worth a warning, for the caller to take out.
    """

    def __init__(self, path: Union[str, Path]):
        try:
            import av
        except ImportError:
            raise ImportError(
                "recording video needs the Python package av: " + install_command("av")
            ) from None
        self.path = Path(path).expanduser().absolute()
        if self.path.suffix.lower() != ".mp4":
            raise OSError(f"cannot record to {self.path}: the name of the file must end in .mp4")
        self._file = _file_at(self.path)
        self.frames = 0
        self.remarks: List[str] = []
        self._jumped = False
        self._stopped: Optional[str] = None
        self._av = av
        self._container: Any = None
        self._stream: Any = None
        self._size: Tuple[int, int] = (0, 0)  # [px] width, height; known from the first frame on
        self._last: Optional[float] = None  # stamp of the last frame [s]
        self._ticks = 0  # of the last frame
        self._key = 0  # ticks of the last frame that stands by itself

    def write(self, frame: np.ndarray, stamp: float) -> None:
        """Add a BGR frame (H, W, 3) uint8; stamp [s].

        After an error, or close(), nothing more is recorded. Raises OSError, which says how many
        frames can be played.
        """
        if self._stopped is not None:
            raise OSError(self._stopped)
        self.frames += 1
        try:
            if self._container is None:
                self._open(frame)
            self._encode(_fit(frame, self._size), self._tick(stamp))
        except (OSError, self._av.error.FFmpegError) as error:
            raise self._stop(_reason(error)) from None

    def close(self) -> None:
        """Finish the file, and read it back; nothing to do where nothing was recorded.

        Raises OSError, which says how many frames can be played, where these are not all.
        """
        if self._container is None:
            return
        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
            with open(str(self._file), "rb+") as stream:
                os.fsync(stream.fileno())
        except (OSError, self._av.error.FFmpegError) as error:
            raise self._stop(_reason(error)) from None
        # FFmpeg says nothing of a disk that is full when it writes the last fragment.
        count, last = playable(self._file)
        if count < self.frames or last < self._ticks / TICKS - 1e-3:
            raise self._stop("the last frames were not written, the disk may be full")
        self._container = None
        self._stopped = f"the recording {self.path} is closed"
        put_in_order(self._file, count, last)

    def _open(self, frame: np.ndarray) -> None:
        # The encoder wants even sizes.
        self._size = (max(2, frame.shape[1] & ~1), max(2, frame.shape[0] & ~1))
        self._container = self._av.open(str(self._file), "w", format="mp4", options=FRAGMENTED)
        self._stream = self._container.add_stream("libx264", rate=30)
        self._stream.width, self._stream.height = self._size
        self._stream.pix_fmt = "yuv420p"
        self._stream.options = ENCODER
        self._stream.codec_context.time_base = Fraction(1, TICKS)

    def _tick(self, stamp: float) -> int:
        """Time stamps begin at 0 and always rise, also when a recording that is replayed loops."""
        if self._last is not None:
            gap = stamp - self._last
            if not 0 <= gap <= MAX_GAP:
                self._remark_jump(gap)
            step = gap if 0 < gap <= MAX_GAP else NOMINAL
            self._ticks += max(1, round(step * TICKS))
        self._last = stamp
        return self._ticks

    def _remark_jump(self, gap: float) -> None:
        if not self._jumped:
            self.remarks.append(
                f"the time stamps jump by {gap:+.1f} s at frame {self.frames}, a clock may have "
                f"been set: {self.path} goes on without the jump, and without those that follow"
            )
        self._jumped = True

    def _encode(self, image: np.ndarray, ticks: int) -> None:
        frame = self._av.VideoFrame.from_ndarray(image, format="bgr24")
        frame.pts = ticks
        frame.time_base = Fraction(1, TICKS)
        if ticks - self._key >= KEY_INTERVAL * TICKS:
            frame.pict_type = self._av.video.frame.PictureType.I
            self._key = ticks
        try:
            packets = self._stream.encode(frame)
        except self._av.error.FFmpegError as error:
            size = "{}x{}".format(*self._size)
            text = f"the encoder refuses frames of {size} px: {_reason(error)}"
            raise OSError(text) from None
        self._container.mux(packets)

    def _stop(self, reason: str) -> OSError:
        """Let go of the file, as it is; the error that says what is left of it."""
        container = self._container
        self._container = None
        try:
            if container is not None:
                container.close()  # which writes to it again
        except (OSError, self._av.error.FFmpegError):
            pass  # the error that led here is the one to tell
        try:
            cut_after_last_fragment(self._file)
        except OSError:
            pass  # likewise: what can be played is reported anyway
        count, _ = playable(self._file)
        self._stopped = (
            f"recording to {self.path} stopped: {reason}; {count} of {self.frames} frames can be "
            "played"
        )
        return OSError(self._stopped)


def _file_at(path: Path) -> Path:
    """The file that a path or link leads to, which need not be there yet. Raises OSError."""
    target = Path(os.path.realpath(str(path)))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        kind = stat.S_IFMT(os.stat(str(path)).st_mode)
    except FileNotFoundError:
        kind = stat.S_IFREG
    except OSError as error:
        raise OSError(f"cannot record to {path}: {_reason(error)}") from None
    if kind != stat.S_IFREG:
        raise OSError(f"cannot record to {path}: it is {_KINDS[kind]}, not a file")
    if not os.access(str(target.parent), os.W_OK):
        raise OSError(f"cannot record to {path}: the folder is not writable")
    if target.exists() and not os.access(str(target), os.W_OK):
        raise OSError(f"cannot record to {path}: the file is not writable")
    return target


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error)


def _fit(frame: np.ndarray, size: Tuple[int, int]) -> np.ndarray:
    """The frame in this size (width, height) [px]: without its last odd row, or on black."""
    width, height = size
    spare = (frame.shape[1] - width, frame.shape[0] - height)
    if all(pixels in (0, 1) for pixels in spare):
        return np.ascontiguousarray(frame[:height, :width])
    scale = min(width / frame.shape[1], height / frame.shape[0])
    fitted = [max(1, round(n * scale)) for n in (frame.shape[1], frame.shape[0])]
    inner = cv2.resize(frame, tuple(fitted))
    canvas = np.zeros((height, width, 3), np.uint8)
    y = (height - inner.shape[0]) // 2
    x = (width - inner.shape[1]) // 2
    canvas[max(y, 0) : y + inner.shape[0], max(x, 0) : x + inner.shape[1]] = inner[:height, :width]
    return canvas

"""Frames with time stamps to an mp4 that browsers play."""
from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Optional, Tuple

import cv2
import numpy as np

from lightweight_openpose.files import install_command, replacing

TICKS = 90000  # of the time stamps per second, as usual for video
KEY_INTERVAL = 1.0  # s between frames that stand by themselves: what a kill at any time may cost
NOMINAL = 0.1  # s to the next frame where the stamps do not say it: when time goes back
# In fragments a file can be played however it ended; at the end it is put in order for seeking.
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "flush_packets": "1"}
ORDERED = {"movflags": "faststart"}
ENCODER = {"preset": "ultrafast", "tune": "zerolatency", "crf": "23", "forced-idr": "1"}


class VideoRecorder:
    """H.264 (yuv420p) in an mp4, each frame shown from its own time stamp on.

    Frames of another size than the first are fitted into it on black. What was written can be
    played up to the last second also when the process is killed or the disk is full. Needs the
    package av. Raises OSError when the file cannot be written, ImportError without av.
    """

    def __init__(self, path):
        try:
            import av
        except ImportError:
            raise ImportError(
                "recording video needs the Python package av: " + install_command("av")
            ) from None
        self.path = Path(path).expanduser().absolute()
        if self.path.suffix.lower() != ".mp4":
            raise OSError(f"cannot record to {self.path}: the name of the file must end in .mp4")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(str(self.path.parent), os.W_OK):
            raise OSError(f"cannot record to {self.path}: the folder is not writable")
        self._av = av
        self._container = None
        self._stream = None
        self._size: Optional[Tuple[int, int]] = None
        self._last: Optional[float] = None  # stamp of the last frame [s]
        self._ticks = 0  # of the last frame
        self._key = 0  # ticks of the last frame that stands by itself

    def write(self, frame: np.ndarray, stamp: float) -> None:
        """Add a BGR frame (H, W, 3) uint8; stamp [s]. After an error nothing more is recorded."""
        try:
            if self._container is None:
                self._open(frame)
            self._encode(_fit(frame, self._size), self._tick(stamp))
        except (OSError, self._av.error.FFmpegError) as error:
            self._abandon()
            raise OSError(f"recording to {self.path} stopped: {_reason(error)}") from None

    def close(self) -> None:
        """Finish the file; nothing to do where nothing was recorded. Raises OSError."""
        if self._container is None:
            return
        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
        except (OSError, self._av.error.FFmpegError) as error:
            raise OSError(f"recording to {self.path} stopped: {_reason(error)}") from None
        finally:
            self._container = None
        self._put_in_order()

    def _open(self, frame):
        self._size = (frame.shape[1] & ~1, frame.shape[0] & ~1)  # the encoder wants even sizes
        self._container = self._av.open(str(self.path), "w", format="mp4", options=FRAGMENTED)
        self._stream = self._container.add_stream("libx264", rate=30)
        self._stream.width, self._stream.height = self._size
        self._stream.pix_fmt = "yuv420p"
        self._stream.options = ENCODER
        self._stream.codec_context.time_base = Fraction(1, TICKS)

    def _tick(self, stamp) -> int:
        """Time stamps begin at 0 and always rise, also when a recording that is replayed loops."""
        if self._last is not None:
            gap = stamp - self._last
            self._ticks += max(1, round((gap if gap > 0 else NOMINAL) * TICKS))
        self._last = stamp
        return self._ticks

    def _encode(self, image, ticks):
        frame = self._av.VideoFrame.from_ndarray(image, format="bgr24")
        frame.pts = ticks
        frame.time_base = Fraction(1, TICKS)
        if ticks - self._key >= KEY_INTERVAL * TICKS:
            frame.pict_type = self._av.video.frame.PictureType.I
            self._key = ticks
        self._container.mux(self._stream.encode(frame))

    def _abandon(self):
        """Let go of the file, as it is; closing it would write to it again."""
        container = self._container
        self._container = None
        if container is not None:
            try:
                container.close()
            except (OSError, self._av.error.FFmpegError):
                pass  # the error that led here is the one to tell
            _cut_after_last_fragment(self.path)

    def _put_in_order(self):
        """The same video with its index in front; left as it is where that cannot be written."""
        try:
            with replacing(self.path) as partial:
                self._copy(partial)
        except (OSError, self._av.error.FFmpegError):
            pass  # no room for a second file: the first can be played

    def _copy(self, target):
        with self._av.open(str(self.path)) as source:
            video = source.streams.video[0]
            with self._av.open(str(target), "w", format="mp4", options=ORDERED) as copy:
                stream = _like(copy, video)
                for packet in _with_durations(source.demux(video)):
                    packet.stream = stream
                    copy.mux(packet)


def _cut_after_last_fragment(path: Path) -> None:
    """Leave a fragment that was not written whole out of an mp4: players stumble over it.

    A file is a row of boxes, each with its length [bytes] and name first; an mdat ends a fragment.
    """
    size = path.stat().st_size
    end = at = 0
    with open(str(path), "rb") as stream:
        while at + 8 <= size:
            stream.seek(at)
            length = int.from_bytes(stream.read(4), "big")
            name = stream.read(4)
            at += length
            if length < 8 or at > size:
                break
            if name == b"mdat":
                end = at
    os.truncate(str(path), end)


def _with_durations(packets):
    """The packets, each lasting until the next, the last as long as the one before it."""
    waiting = None
    gap = round(NOMINAL * TICKS)
    for packet in packets:
        if packet.dts is None:
            continue
        if waiting is not None:
            gap = packet.dts - waiting.dts
            waiting.duration = gap
            yield waiting
        waiting = packet
    if waiting is not None:
        waiting.duration = gap
        yield waiting


def _like(container, stream):
    """Stream of a container for the packets of another."""
    if hasattr(container, "add_stream_from_template"):
        return container.add_stream_from_template(stream)
    return container.add_stream(template=stream)


def _reason(error) -> str:
    return getattr(error, "strerror", None) or str(error)


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

"""Video files, network streams and named pipes, decoded by FFmpeg through PyAV.

OpenCV's reader keeps the size of the first frame: once a stream changes its resolution, it gives
old pixels for ever. In a file it counts frames where the time stamps are to be read, and its
versions turn the videos of phones differently.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Generator, Iterator, Optional, Tuple, Union

import numpy as np

from lightweight_openpose.files import install_command

from .images import MAX_PIXELS, check_size
from .timeline import Timeline

_OPTIONS = {"rtsp": {"rtsp_transport": "tcp"}}  # scheme -> of FFmpeg; UDP loses parts of pictures
_FILE = {"protocol_whitelist": "file"}  # a file that names others reads nothing from the network
_USUAL_RATE = 30.0  # frames/s of a video that does not say it
_COLORS = "ITU601"  # of every video: so does OpenCV read and the recorder write them
_JUMPS = 0x200  # AVFMT_TS_DISCONT: of formats whose time stamps may jump
_JUMP = 10.0  # s that is one there, as FFmpeg's own programs take it


class StreamError(OSError):
    """A video or stream cannot be opened or read; the message says why."""


def video_frames(path: Union[str, Path]) -> Iterator[Tuple[np.ndarray, float]]:
    """BGR frames (H, W, 3) uint8 of a video file, upright, with their times [s] since the first.

    The times are the file's own. Damaged frames are left out. Raises StreamError, and BadImage for
    frames that are too large.
    """
    with _opened(f"file:{path}", _FILE) as (container, stream):
        if stream.width and stream.height:
            check_size(stream.width, stream.height)
        stream.thread_type = "AUTO"
        timeline = _timeline(container, stream)
        for frame in _decoded(container, stream):
            yield _image(frame), timeline.at(frame.time)


def frame_count(path: Union[str, Path]) -> Optional[int]:
    """How many frames a video file says it has, else by its length; None where it says neither.

    Raises StreamError.
    """
    with _opened(f"file:{path}", _FILE) as (container, stream):
        if stream.frames:
            return stream.frames
        if stream.duration and stream.time_base:
            return round(float(stream.duration * stream.time_base) * _rate(stream)) or None
        return None


def stream_frames(
    url: str, open_timeout: float, read_timeout: float
) -> Generator[Tuple[np.ndarray, Optional[float]], None, None]:
    """BGR frames (H, W, 3) uint8 of a URL or path until it ends; each has its own size.

    With each its time [s] since the first where the stream is a recording, which has a length, else
    None. Timeouts in seconds, for URLs alone: a pipe waits for its writer. Damaged frames are left
    out. Raises StreamError, and BadImage for frames that are too large.
    """
    scheme, is_url, _ = url.partition("://")
    timeout = (open_timeout, read_timeout) if is_url else None
    with _opened(url, _OPTIONS.get(scheme, {}), timeout) as (container, stream):
        timeline = _timeline(container, stream) if container.duration else None
        for frame in _decoded(container, stream):
            yield _image(frame), None if timeline is None else timeline.at(frame.time)


@contextmanager
def _opened(url: str, options: Dict[str, str], timeout: Any = None) -> Iterator[Tuple[Any, Any]]:
    """The container and its first video. What FFmpeg raises inside is a StreamError."""
    try:
        import av  # slow, and not needed for devices and pictures
    except ImportError:
        raise StreamError(f"videos need PyAV: {install_command('av')}") from None
    try:
        # As `options` they are for each stream, too, and PyAV 12 to 14 crashes where a container
        # tells its streams late (FLV).
        with av.open(url, container_options=options, timeout=timeout) as container:
            if not container.streams.video:
                raise StreamError("it has no video")
            stream = container.streams.video[0]
            stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
            yield container, stream
    except av.error.FFmpegError as error:
        raise StreamError(error.strerror) from error


def _timeline(container: Any, stream: Any) -> Timeline:
    rate = _rate(stream)
    jumps = int(container.format.flags) & _JUMPS
    gap = 1 / (rate if 1 <= rate < 1000 else _USUAL_RATE)
    return Timeline(gap, _JUMP if jumps else math.inf)


def _rate(stream: Any) -> float:
    """What the file says of its frames/s; 0 where it says nothing."""
    return float(stream.average_rate or stream.guessed_rate or 0)


def _decoded(container: Any, stream: Any) -> Iterator:
    from av.error import InvalidDataError

    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except InvalidDataError:
            continue
        yield from frames


def _image(frame: Any) -> np.ndarray:
    check_size(frame.width, frame.height)
    image = frame.reformat(format="bgr24", src_colorspace=_COLORS).to_ndarray()
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return image
    return turned(image, np.frombuffer(bytes(matrix), np.int32).reshape(3, 3))


def turned(image: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """An image (H, W, 3) as a display matrix of FFmpeg says that it is shown.

    matrix: (3, 3) of integers, whose rows say where right, down and the origin of the image go, in
    16.16 fixed point. The nearest quarter turn is taken, with its mirror image where it is one; a
    matrix of zeros turns nothing.
    """
    (along, aside), (aslant, down) = np.asarray(matrix, np.int64)[:2, :2]
    if abs(aside) + abs(aslant) > abs(along) + abs(down):
        image = image.transpose(1, 0, 2)
        along, down = aslant, aside
    return np.ascontiguousarray(image[:: -1 if down < 0 else 1, :: -1 if along < 0 else 1])

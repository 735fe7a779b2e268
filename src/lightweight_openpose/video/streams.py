"""Network streams and named pipes, decoded by FFmpeg through PyAV.

OpenCV's reader keeps the size of the first frame: once a stream changes its resolution, it gives
old pixels for ever.
"""
from __future__ import annotations

from typing import Iterator

import numpy as np

from lightweight_openpose.files import install_command

from .images import MAX_PIXELS, check_size

_OPTIONS = {"rtsp": {"rtsp_transport": "tcp"}}  # scheme -> of FFmpeg; UDP loses parts of pictures


class StreamError(OSError):
    """A stream cannot be opened or read; the message says why."""


def stream_frames(url: str, open_timeout: float, read_timeout: float) -> Iterator[np.ndarray]:
    """BGR frames (H, W, 3) uint8 of a URL or path until it ends; each has its own size.

    Timeouts in seconds, for URLs alone: a pipe waits for its writer. Damaged frames are left out.
    Raises StreamError, and BadImage for frames that are too large.
    """
    try:
        import av  # slow, and not needed for devices and files
    except ImportError:
        raise StreamError(f"streams need PyAV: {install_command('av')}") from None
    scheme, is_url, _ = url.partition("://")
    options = _OPTIONS.get(scheme, {})
    timeout = (open_timeout, read_timeout) if is_url else None
    try:
        with av.open(url, options=options, timeout=timeout) as container:
            if not container.streams.video:
                raise StreamError("it has no video")
            stream = container.streams.video[0]
            stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
            for packet in container.demux(stream):
                yield from _decoded(packet, av.error.InvalidDataError)
    except av.error.FFmpegError as error:
        raise StreamError(error.strerror) from error


def _decoded(packet, damaged):
    try:
        frames = packet.decode()
    except damaged:
        return
    for frame in frames:
        check_size(frame.width, frame.height)
        yield frame.to_ndarray(format="bgr24")

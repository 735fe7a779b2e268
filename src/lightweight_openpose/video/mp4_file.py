"""An mp4 that was written in fragments: what of it can be played, and the same put in order."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Iterable, Iterator, Tuple, Union

from lightweight_openpose.files import replacing

TICKS = 90000  # of the time stamps per second, as usual for video
NOMINAL = 0.1  # s to the next frame where the stamps do not say it
ORDERED = {"movflags": "faststart"}


def playable(path: Path) -> Tuple[int, float]:
    """Number of whole frames that can be read, and the time [s] of the last; (0, 0.0) of none."""
    import av

    count, last = 0, 0.0
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            for packet in container.demux(stream):
                if packet.size and packet.pts is not None and not packet.is_corrupt:
                    count += 1
                    last = float(packet.pts * packet.time_base)
    except (OSError, av.error.FFmpegError, IndexError):
        pass  # it ends here
    return count, last


def cut_after_last_fragment(path: Path) -> None:
    """Leave a fragment that was not written whole out of an mp4: players stumble over it.

    A file is a row of boxes, each with its length [bytes] and name first; an mdat ends a fragment.
    A file without a fragment is removed. Raises OSError.
    """
    if not path.exists():
        return
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
    if end:
        os.truncate(str(path), end)
    else:
        path.unlink()


def put_in_order(path: Path, count: int, last: float) -> None:
    """The same video with its index in front; left as it is where that cannot be written.

    count: of its frames; last [s]: time of the last one.
    """
    import av

    try:
        with replacing(path) as partial:
            _copy(path, partial)
            if not _ends_with(partial, count, last):
                raise OSError("the copy is not whole")
    except (OSError, av.error.FFmpegError):
        pass  # no room for a second file: the first can be played


def _ends_with(path: Union[str, Path], count: int, last: float) -> bool:
    """Whether an mp4 in order has so many frames, and the last one is there to be read.

    What stands before it is there then, too: nothing is written after an error.
    """
    import av

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        container.seek(int(last * av.time_base))
        times = [
            packet.pts * packet.time_base
            for packet in container.demux(stream)
            if packet.size and packet.pts is not None and not packet.is_corrupt
        ]
        return stream.frames == count and bool(times) and abs(times[-1] - last) < 1e-3


def _copy(path: Union[str, Path], target: Union[str, Path]) -> None:
    import av

    with av.open(str(path)) as source:
        video = source.streams.video[0]
        with av.open(str(target), "w", format="mp4", options=ORDERED) as copy:
            stream = _like(copy, video)
            for packet in _with_durations(source.demux(video)):
                packet.stream = stream
                copy.mux(packet)


def _with_durations(packets: Iterable) -> Iterator:
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


def _like(container: Any, stream: Any) -> Any:
    """Stream of a container for the packets of another."""
    if hasattr(container, "add_stream_from_template"):
        return container.add_stream_from_template(stream)
    return container.add_stream(template=stream)

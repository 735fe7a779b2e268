import time

import numpy as np
import pytest
from mjpeg_server import MjpegServer

from lightweight_openpose.video.capture import LiveCapture, SourceError

GREY = np.full((48, 64, 3), 120, np.uint8)


def drain(capture):
    """Frames until the capture fails, and the error."""
    frames = []
    with pytest.raises(SourceError) as error:
        for frame in capture:
            frames.append(frame)
    return frames, str(error.value)


def test_a_stream_that_ends_is_an_error_that_names_it():
    with MjpegServer(GREY, 20) as server:
        frames, error = drain(LiveCapture(server.url))
        assert (
            5 < len(frames) <= 20
            and frames[0].shape == (48, 64, 3)
            and abs(frames[0].mean() - 120) < 3
        )
        assert error == f"{server.url} stopped giving frames: was it unplugged?"


def test_a_stream_that_stalls_is_noticed():
    with MjpegServer(GREY, 20, stall=True) as server:
        start = time.monotonic()
        frames, error = drain(LiveCapture(server.url, patience=1.0))
        assert len(frames) > 5 and time.monotonic() - start < 15
        assert "gave no frame for 1 s" in error


def test_a_slow_reader_gets_the_newest_frame():
    with MjpegServer(GREY, 60) as server:
        count = 0
        with pytest.raises(SourceError):
            for _ in LiveCapture(server.url):
                count += 1
                time.sleep(0.5)
        assert count <= 10  # 3 s of stream at two frames a second, nothing queued


def test_nobody_at_the_address():
    _, error = drain(LiveCapture("http://127.0.0.1:9/stream.mjpg"))
    assert error.startswith("cannot open http://127.0.0.1:9/stream.mjpg")

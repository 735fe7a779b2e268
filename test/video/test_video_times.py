"""Times of the frames of a video are read, not counted."""

import os
import threading

import numpy as np
import pytest

pytest.importorskip("av")
from clips import own_times, write_clip

from lightweight_openpose.video import capture, streams
from lightweight_openpose.video.capture import SourceError
from lightweight_openpose.video.sources import Source
from lightweight_openpose.video.timeline import Timeline

STEADY = np.arange(30) / 10
# A phone in the dark: from 30 frames a second to 7.5.
VARIABLE = np.r_[np.arange(0, 1, 1 / 30), np.arange(1, 5, 1 / 7.5)].round(3)
BROWSER = np.cumsum(np.r_[0, np.random.default_rng(1).choice([0.05, 0.066, 0.1], 39)]).round(3)


def times(path):
    return [frame.time for frame in Source(str(path))]


@pytest.mark.parametrize(
    "name, codec, rate, stamps",
    [
        ("vfr.mp4", "libx264", 30, VARIABLE),
        ("vfr.mkv", "libx264", 30, VARIABLE),
        ("vfr.mov", "libx264", 30, VARIABLE),
        ("nominal.mkv", "libx264", 1000, VARIABLE),
        ("browser.webm", "libvpx", 1000, BROWSER),
        ("slow.mkv", "libx264", 30, np.arange(5) * 12.5),
        ("late.mkv", "libx264", 10, 90 + STEADY),
        ("late.ts", "libx264", 10, 90 + STEADY),
        ("steady.avi", "mpeg4", 10, STEADY),
        ("steady.flv", "flv", 10, STEADY),
    ],
)
def test_each_frame_has_its_own_time(tmp_path, name, codec, rate, stamps):
    path = write_clip(tmp_path / name, stamps, codec=codec, rate=rate)
    found = times(path)
    np.testing.assert_allclose(found, stamps - stamps[0], atol=2e-3)
    np.testing.assert_allclose(found, own_times(path), atol=1e-6)


def test_a_browsers_live_recording_has_no_length_and_all_times(tmp_path):
    path = tmp_path / "live.webm"
    write_clip(path, BROWSER, "webm", "libvpx", 1000, live="1")
    np.testing.assert_allclose(times(path), BROWSER, atol=1e-3)
    half = np.flatnonzero(BROWSER < 1.0)
    assert len(list(Source(str(path), max_seconds=1.0))) == len(half)


def test_frames_without_stamps_follow_at_the_rate_of_the_file_or_30(tmp_path, monkeypatch):
    path = write_clip(tmp_path / "raw.h264", STEADY, "h264")
    monkeypatch.setattr(streams, "_rate", lambda _: 10.0)
    np.testing.assert_allclose(times(path), STEADY, atol=1e-6)
    monkeypatch.setattr(streams, "_rate", lambda _: 0.0)
    np.testing.assert_allclose(times(path), np.arange(30) / 30, atol=1e-6)


def test_recordings_put_behind_each_other_go_on(tmp_path):
    """Each with stamps of its own, as a recorder leaves them that began anew."""
    path = tmp_path / "joined.ts"
    parts = [write_clip(tmp_path / f"{start}.ts", start + STEADY, rate=10) for start in (500, 3)]
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    found = times(path)
    assert len(found) >= 58 and np.diff(found).min() > 0 and found[-1] == pytest.approx(5.9, abs=1)


def count(stamps, gap=0.5, **options):
    timeline = Timeline(gap, **options)
    return [round(timeline.at(stamp), 6) for stamp in stamps]


@pytest.mark.parametrize(
    "stamps, expected",
    [
        ([7.0, 7.1, 7.4], [0, 0.1, 0.4]),
        ([None, None, None], [0, 0.5, 1.0]),
        ([3.0, 3.0, 3.0], [0, 0.5, 1.0]),
        ([None, 5.0, 5.25], [0, 0.5, 0.75]),
        ([1.0, 1.2, None, 1.6, 1.8], [0, 0.2, 0.4, 0.6, 0.8]),
        ([1.0, 1.2, 1.2, 1.6], [0, 0.2, 0.4, 0.6]),
        ([1.0, 1.2, 1.1, 1.4], [0, 0.2, 0.4, 0.401]),
        ([100.0, 100.1, 3.0, 3.1], [0, 0.1, 0.2, 0.3]),
        ([1.0, 1.1, 91.0], [0, 0.1, 90.0]),
    ],
)
def test_times_begin_at_0_and_rise(stamps, expected):
    assert count(stamps) == expected


def test_a_jump_is_none_of_the_times():
    assert count([1.0, 1.1, 91.0, 91.1], longest=10.0) == [0, 0.1, 0.2, 0.3]


def test_a_recording_in_a_pipe_has_its_own_times(tmp_path):
    recording = write_clip(tmp_path / "clip.mkv", VARIABLE).read_bytes()
    pipe = tmp_path / "pipe.mkv"
    os.mkfifo(str(pipe))
    threading.Thread(target=pipe.write_bytes, args=(recording,), daemon=True).start()
    found = [time for _, time in streams.stream_frames(str(pipe), 5, 5)]
    np.testing.assert_allclose(found, VARIABLE, atol=1e-3)


@pytest.mark.parametrize(
    "stamps, expected",
    [
        ([5.0, 5.5, 7.0], [0, 0.5, 2.0]),  # of a recording
        ([None, None, None], [0, 1.0, 2.0]),  # live: by the clock
    ],
)
def test_frames_of_a_stream_have_times_since_the_first(monkeypatch, stamps, expected):
    taken = threading.Semaphore(1)
    clock = iter(range(100, 200))

    def frames(*_):
        for stamp in stamps:
            assert taken.acquire(timeout=30)
            yield np.zeros((8, 8, 3), np.uint8), stamp
        taken.acquire(timeout=30)

    monkeypatch.setattr(capture, "stream_frames", frames)
    monkeypatch.setattr(capture, "clock", lambda: float(next(clock)))
    found = []
    with pytest.raises(SourceError, match="stopped giving frames"):
        for frame in Source("http://camera/stream"):
            found.append((frame.time, frame.file))
            taken.release()
    assert found == [(time, "") for time in expected]

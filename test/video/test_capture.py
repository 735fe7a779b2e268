import os
import subprocess
import sys
import threading
import time

import cv2
import numpy as np
import pytest
from mjpeg_server import MjpegServer

from lightweight_openpose.video import capture as capture_module
from lightweight_openpose.video.capture import LiveCapture, Mode, SourceError, Stalled

GREY = np.full((48, 64, 3), 120, np.uint8)


def drain(capture):
    """Frames until the capture fails, and the error."""
    frames = []
    with pytest.raises(SourceError) as error:
        for frame, _ in capture:
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
    assert error.startswith("cannot open http://127.0.0.1:9/stream.mjpg (Connection refused): ")


def test_a_stream_that_changes_its_resolution_gives_whole_frames_of_the_new_one():
    colors = [(48, 64, 50), (96, 128, 150), (24, 32, 200)]  # height, width, grey
    pictures = [np.full((h, w, 3), grey, np.uint8) for h, w, grey in colors for _ in range(10)]
    with MjpegServer(pictures, 30) as server:
        frames, _ = drain(LiveCapture(server.url))
    assert {f.shape[:2] for f in frames} == {c[:2] for c in colors}
    for height, width, grey in colors:
        for frame in frames:
            if frame.shape[:2] == (height, width):
                assert abs(frame.astype(int) - grey).max() <= 3


def test_damaged_frames_of_a_stream_are_left_out():
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    with MjpegServer([noise, None], 40) as server:
        frames, error = drain(LiveCapture(server.url))
    assert len(frames) > 5 and "stopped giving frames" in error
    assert all(abs(f.astype(int).mean() - noise.mean()) < 5 for f in frames)


def test_a_device_that_is_no_video_ends_a_program_with_a_line():
    """Thrice: a thread that still closes the device when Python ends aborts it most of the time."""
    code = (
        "import sys\nfrom lightweight_openpose.video.sources import Source, SourceError\n"
        "try:\n    list(Source(sys.argv[1]))\nexcept SourceError as error:\n    print(error)"
    )
    for _ in range(3):
        result = subprocess.run(
            [sys.executable, "-c", code, "/dev/null"],
            text=True,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin"},
        )
        assert result.returncode == 0 and result.stdout.startswith("cannot open /dev/null: ")


class Device:
    """Stands for cv2.VideoCapture on a camera that closes slowly."""

    def __init__(self, frames=10**6, formats=("MJPG",), hang=None):
        self.asked = []
        self.released = False
        self._frames = frames
        self._formats = formats
        self._hang = hang
        self._values = {cv2.CAP_PROP_FOURCC: cv2.VideoWriter_fourcc(*"YUYV")}

    def isOpened(self):
        return True

    def set(self, key, value):
        self.asked.append(key)
        known = [cv2.VideoWriter_fourcc(*f) for f in self._formats]
        if key != cv2.CAP_PROP_FOURCC or value in known:
            self._values[key] = value
        return True

    def get(self, key):
        return float(self._values.get(key, 0))

    def read(self):
        if self._hang is not None:
            self._hang.wait()
        time.sleep(0.01)
        self._frames -= 1
        return self._frames >= 0, GREY

    def release(self):
        time.sleep(0.2)
        self.released = True


@pytest.fixture
def devices(monkeypatch):
    """Devices that are opened in this order, and what they were opened by."""
    waiting, opened = [], []
    monkeypatch.setattr(
        capture_module.cv2, "VideoCapture", lambda *how: opened.append(how) or waiting.pop(0)
    )
    return waiting, opened


def test_a_device_is_closed_before_anybody_hears_of_its_end(devices):
    devices[0].append(Device(frames=5))
    device = devices[0][0]
    frames, error = drain(LiveCapture("/dev/video0"))
    assert device.released and 1 <= len(frames) <= 5 and "stopped giving frames" in error
    assert devices[1] == [("/dev/video0", cv2.CAP_V4L2)]
    devices[0].append(Device())
    device = devices[0][0]
    for _ in LiveCapture(0):
        break
    assert device.released


def test_a_camera_is_asked_for_its_mode(devices):
    mode = Mode((640, 480), 15.0, "mjpeg")
    devices[0].append(Device(frames=3))
    device, capture = devices[0][0], LiveCapture(0, mode)
    drain(capture)
    assert device.asked == [
        cv2.CAP_PROP_FOURCC,
        cv2.CAP_PROP_FRAME_WIDTH,
        cv2.CAP_PROP_FRAME_HEIGHT,
        cv2.CAP_PROP_FPS,
    ]
    assert capture.remarks == []
    devices[0].append(Device(frames=3, formats=()))
    capture = LiveCapture(0, mode)
    assert len(drain(capture)[0]) > 0
    assert capture.remarks == ["0 does not give mjpeg: it keeps its own format"]


def test_a_device_that_hangs_is_not_opened_a_second_time(devices):
    hang = threading.Event()
    devices[0].append(Device(hang=hang))
    capture = LiveCapture(0, patience=0.1)
    before = threading.active_count()
    for _ in range(4):
        with pytest.raises(Stalled, match="0 gave no frame"):
            next(iter(capture))
    assert threading.active_count() == before + 1 and len(devices[1]) == 1
    hang.set()
    assert next(iter(capture))[0].shape == GREY.shape


def test_a_fault_in_the_reader_is_told(devices):
    devices[0].append(Device())
    devices[0][0].read = lambda: 1 / 0
    assert drain(LiveCapture(0))[1].startswith("cannot open 0 (division by zero): ")


def write_frames(path, count):
    """MJPEG into a pipe until it is closed."""
    noise = np.random.default_rng(0).integers(0, 255, (240, 320, 3))
    data = cv2.imencode(".jpg", noise)[1].tobytes()
    with open(str(path), "wb") as pipe:
        for _ in range(count):
            pipe.write(data)
            pipe.flush()
            time.sleep(0.01)


def test_a_pipe_that_closes_goes_on_with_its_next_writer(tmp_path):
    path = tmp_path / "camera.mjpeg"
    os.mkfifo(str(path))
    capture = LiveCapture(str(path), patience=0.4)
    for _ in range(2):
        with pytest.raises(Stalled):
            next(iter(capture))
        writer = threading.Thread(target=write_frames, args=(path, 150))
        writer.start()
        frames = []
        while len(frames) < 5 or writer.is_alive():
            try:
                for frame, _ in capture:
                    frames.append(frame)
            except SourceError:
                pass
        assert frames[0].shape == (240, 320, 3)
        writer.join()


def test_opencv_complains_of_no_camera_that_is_tried_in_vain(capfd):
    level = cv2.setLogLevel(3) if hasattr(cv2, "setLogLevel") else None
    try:
        for _ in range(2):
            _, error = drain(LiveCapture("/dev/video97"))
            assert "cannot open /dev/video97" in error
        assert level is None or cv2.setLogLevel(3) == 3  # as it was
    finally:
        if level is not None:
            cv2.setLogLevel(level)
    if level is not None:
        assert capfd.readouterr().err == ""

"""Recordings: time stamps, what browsers can play, and what is left when something ends them."""
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from lightweight_openpose.video.recorder import VideoRecorder

av = pytest.importorskip("av")
SIZE = (48, 64, 3)
RECORD = """
import resource, signal, sys, time
import numpy as np
from lightweight_openpose.video.recorder import VideoRecorder
path, most = sys.argv[1], int(sys.argv[2])
if most:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
rng, recorder = np.random.default_rng(0), VideoRecorder(path)
for i in range(100000):
    recorder.write(rng.integers(0, 255, (240, 320, 3)).astype(np.uint8), i / 25)
    print(i, flush=True)
"""


def times(path):
    """Time stamps [s] of the frames, and the duration [s] that the file gives."""
    with av.open(str(path)) as container:
        stamps = [float(f.pts * f.time_base) for f in container.decode(video=0)]
        return np.array(stamps), container.duration / av.time_base


def record(path, stamps):
    recorder = VideoRecorder(path)
    for i, stamp in enumerate(stamps):
        recorder.write(np.full(SIZE, i % 250, np.uint8), stamp)
    recorder.close()
    return path


def test_each_frame_is_shown_from_its_own_stamp_on(tmp_path):
    """A camera that falls from 30 to 5 frames a second and stops for two seconds."""
    gaps = [1 / 30] * 40 + [2.0] + [0.2] * 20
    stamps = 1.7e9 + np.cumsum(gaps)
    shown, duration = times(record(tmp_path / "clip.mp4", stamps))
    np.testing.assert_allclose(shown, stamps - stamps[0], atol=1e-3)
    assert abs(duration - (stamps[-1] - stamps[0])) < 0.21


def test_what_browsers_play(tmp_path):
    path = record(tmp_path / "clip.mp4", np.arange(50) / 25)
    with av.open(str(path)) as container:
        codec = container.streams.video[0].codec_context
        assert (codec.name, codec.pix_fmt) == ("h264", "yuv420p")
    content = path.read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")  # the index comes first
    assert [p.name for p in tmp_path.iterdir()] == ["clip.mp4"]


def test_time_that_goes_back_or_stands_goes_on_in_the_recording(tmp_path):
    stamps = [10.0, 10.1, 10.2, 3.0, 3.1, 3.1, 3.2]
    shown, _ = times(record(tmp_path / "clip.mp4", stamps))
    np.testing.assert_allclose(shown, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6], atol=1e-3)


def test_frames_of_other_sizes_are_fitted_on_black(tmp_path):
    recorder = VideoRecorder(tmp_path / "clip.mp4")
    recorder.write(np.full((48, 65, 3), 200, np.uint8), 0.0)
    recorder.write(np.full((48, 24, 3), 200, np.uint8), 0.1)
    recorder.close()
    with av.open(str(tmp_path / "clip.mp4")) as container:
        first, second = (f.to_ndarray(format="bgr24") for f in container.decode(video=0))
    assert first.shape == second.shape == (48, 64, 3)
    assert second[:, 28:36].mean() > 180 and second[:, :16].mean() < 20


@pytest.mark.parametrize("name", ["clip", "clip.avi"])
def test_another_suffix_is_refused_by_its_name(tmp_path, name):
    with pytest.raises(OSError, match=r"the name of the file must end in \.mp4"):
        VideoRecorder(tmp_path / name)


def test_nothing_recorded_leaves_no_file(tmp_path):
    VideoRecorder(tmp_path / "clip.mp4").close()
    assert not list(tmp_path.iterdir())


def recording(path, most=0):
    environment = {"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin"}
    return subprocess.Popen([sys.executable, "-c", RECORD, str(path), str(most)], env=environment,
                            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_a_kill_costs_the_last_second_at_most(tmp_path):
    path = tmp_path / "clip.mp4"
    process = recording(path)
    while int(process.stdout.readline()) < 120:
        pass
    process.send_signal(signal.SIGKILL)
    written = 120 + sum(1 for _ in process.stdout)
    process.wait()
    shown, _ = times(path)
    assert len(shown) > written - 52 and shown[-1] == pytest.approx((len(shown) - 1) / 25, abs=1e-3)


def test_a_full_disk_is_said_and_what_came_before_can_be_played(tmp_path):
    path = tmp_path / "clip.mp4"
    process = recording(path, most=3_000_000)
    out, error = process.communicate(timeout=60)
    last = error.strip().splitlines()[-1]
    assert last == f"OSError: recording to {path} stopped: File too large"
    written = len(out.splitlines())
    shown, _ = times(path)
    assert len(shown) > written - 60


CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_chromium_plays_it(tmp_path):
    record(tmp_path / "clip.mp4", np.arange(50) / 25)
    page = tmp_path / "page.html"
    page.write_text("""<video src=clip.mp4 muted></video><script>
        const video = document.querySelector("video");
        video.onloadeddata = () => { document.title = "plays " + video.duration.toFixed(2); };
        video.onerror = () => { document.title = "fails " + video.error.message; };
        </script>""")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
               "--virtual-time-budget=5000", f"--user-data-dir={tmp_path / 'profile'}",
               page.as_uri()]
    deadline = time.monotonic() + 60
    dom = ""
    while "<title>" not in dom and time.monotonic() < deadline:
        result = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, timeout=60)
        dom = result.stdout
    assert "<title>plays 2.0" in dom, dom

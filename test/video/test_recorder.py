"""Recordings: time stamps, what browsers can play, and what is left when something ends them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest

from full_disks import disk_full_after, small_disk
from lightweight_openpose.video import mp4_file
from lightweight_openpose.video.recorder import MAX_GAP, NOMINAL, VideoRecorder

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


@pytest.mark.parametrize("jump", [1.7e9, -1.7e9, 3600.0, 61.0, -0.8, -86400.0])
def test_a_clock_that_is_set_is_said_once_and_the_frames_go_on_at_their_pace(tmp_path, jump):
    """As by NTP, long after the start; and later once more."""
    clock = np.arange(30) / 5
    clock[10:] += jump
    clock[20:] -= jump
    recorder = VideoRecorder(tmp_path / "clip.mp4")
    for stamp in 1.8e9 + clock:
        recorder.write(np.zeros(SIZE, np.uint8), stamp)
    recorder.close()
    shown, duration = times(tmp_path / "clip.mp4")
    expected = np.full(29, 0.2)
    expected[9] = NOMINAL
    expected[19] = NOMINAL if abs(jump) > MAX_GAP else 0.2 - jump
    np.testing.assert_allclose(np.diff(shown), expected, atol=1e-3)
    assert duration < 7
    (remark,) = recorder.remarks
    assert f"jump by {jump + 0.2:+.1f} s at frame 11, a clock may have been set" in remark


def test_a_camera_that_pauses_does_so_in_the_recording(tmp_path):
    recorder = VideoRecorder(tmp_path / "clip.mp4")
    for stamp in (0.0, 0.1, 0.1 + MAX_GAP, 0.2 + MAX_GAP):
        recorder.write(np.zeros(SIZE, np.uint8), stamp)
    recorder.close()
    shown, _ = times(tmp_path / "clip.mp4")
    np.testing.assert_allclose(shown, [0, 0.1, 60.1, 60.2], atol=1e-3)
    assert recorder.remarks == []


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


@pytest.mark.parametrize(
    "shape",
    [
        (1, 1),
        (1, 2),
        (2, 1),
        (3, 3),
        (1, 640),
        (480, 1),
        (47, 65),
        (48, 65),
        (47, 64),
    ],
)
def test_a_first_frame_of_any_size_is_recorded_and_larger_ones_fit_into_it(tmp_path, shape):
    recorder = VideoRecorder(tmp_path / "clip.mp4")
    for i in range(3):
        recorder.write(np.full((*shape, 3), 200, np.uint8), i / 10)
    recorder.write(np.full((480, 640, 3), 200, np.uint8), 0.3)
    recorder.close()
    with av.open(str(tmp_path / "clip.mp4")) as container:
        frames = [f.to_ndarray(format="bgr24") for f in container.decode(video=0)]
    even = tuple(max(2, n - n % 2) for n in shape)
    assert [frame.shape for frame in frames] == [(*even, 3)] * 4
    inner = frames[0][: shape[0], : shape[1]]
    assert inner.mean() > 180 or min(shape) == 1  # beside a row of 1 px lies a black one


def test_an_odd_frame_loses_a_row_and_its_pixels_stay_where_they_are(tmp_path):
    frame = np.zeros((97, 129, 3), np.uint8)
    frame[:, 64:] = 255
    recorder = VideoRecorder(tmp_path / "clip.mp4")
    recorder.write(frame, 0.0)
    recorder.close()
    with av.open(str(tmp_path / "clip.mp4")) as container:
        found = next(container.decode(video=0)).to_ndarray(format="bgr24").astype(int)
    assert np.abs(found - frame[:96, :128]).max() < 12


def test_frames_that_the_encoder_does_not_take_are_named(tmp_path):
    recorder = VideoRecorder(tmp_path / "clip.mp4")
    huge = np.lib.stride_tricks.as_strided(np.zeros(3, np.uint8), (2, 70000, 3), (0, 0, 1))
    with pytest.raises(OSError, match="encoder refuses frames of 70000x2 px: .*; 0 of 1"):
        recorder.write(huge, 0.0)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "kind, said",
    [
        ("folder", "a folder"),
        ("pipe", "a pipe"),
        ("link to a pipe", "a pipe"),
        ("link to /dev/null", "a device"),
        ("link to /dev/full", "a device"),
        ("socket", "a socket"),
        ("loop", "Too many levels of symbolic links"),
        ("long name", "File name too long"),
        ("below a file", "File exists|Not a directory"),
    ],
)
def test_what_is_no_file_is_refused_at_once(tmp_path, kind, said):
    path = tmp_path / "clip.mp4"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(str(path))
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as unix:
            unix.bind(str(path))
    elif kind == "long name":
        path = tmp_path / ("a" * 300 + ".mp4")
    elif kind == "below a file":
        path.write_text("")
        path = path / "clip.mp4"
    elif kind == "loop":
        path.symlink_to(path)
    else:
        os.mkfifo(str(tmp_path / "a pipe"))
        path.symlink_to(tmp_path / kind.split("link to ")[1])
    with pytest.raises(OSError, match=f"^cannot record to {path}: .*({said})") as error:
        VideoRecorder(path)
    assert "\n" not in str(error.value)


def test_dev_null_is_refused_by_its_name():
    with pytest.raises(OSError, match=r"must end in \.mp4"):
        VideoRecorder("/dev/null")


@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_followed_and_stays(tmp_path, there):
    target, link = tmp_path / "disk" / "clip.mp4", tmp_path / "clip.mp4"
    link.symlink_to(target)
    if there:
        target.parent.mkdir()
        target.write_bytes(b"old")
    shown, _ = times(record(link, [0.0, 0.1, 0.2]))
    assert link.is_symlink() and len(shown) == 3
    assert [p.name for p in target.parent.iterdir()] == ["clip.mp4"]


def noise(count=11):
    rng = np.random.default_rng(0)
    return [rng.integers(0, 255, (96, 128, 3)).astype(np.uint8) for _ in range(count)]


def recorded(path, frames):
    """What VideoRecorder says of frames at 10 a second: an error, or ""."""
    recorder = VideoRecorder(path)
    try:
        for i, frame in enumerate(frames):
            recorder.write(frame, i / 10)
        recorder.close()
    except OSError as error:
        return str(error)
    return ""


def fragments(path, frames, monkeypatch):
    """Ends [bytes] of the two fragments into which 11 frames go."""
    with monkeypatch.context() as patch:
        patch.setattr("lightweight_openpose.video.recorder.put_in_order", lambda *_: None)
        assert not recorded(path, frames)
    content = path.read_bytes()
    path.unlink()
    second = content.rindex(b"moof") - 4
    return second, len(content)


def check(path, said):
    """Either all can be played, or it is said how many can."""
    if said:
        kept = len(times(path)[0]) if path.exists() else 0
        assert f"; {kept} of 11 frames can be played" in said
        assert kept in (0, 10), said
        assert [p.name for p in path.parent.iterdir()] == ["clip.mp4"] * bool(kept)
    else:
        assert len(times(path)[0]) == 11


@pytest.mark.parametrize("share", [0.0, 0.01, 0.2, 0.5, 0.8, 0.99])
def test_a_last_fragment_that_is_cut_is_said(tmp_path, monkeypatch, share):
    """A share of it is written."""
    path = tmp_path / "clip.mp4"
    first, end = fragments(path, noise(), monkeypatch)
    size = int(first + share * (end - first))
    with disk_full_after(size):
        said = recorded(path, noise())
    assert said.startswith(f"recording to {path} stopped: ")
    check(path, said)
    assert len(times(path)[0]) == 10


@pytest.mark.parametrize("pages", [-8, -1, 0, 1, 2, 3, 4, 6, 60])
def test_on_a_disk_of_any_size_what_is_missing_is_said(tmp_path, monkeypatch, pages):
    """Of so many pages more than the first fragment takes."""
    first, end = fragments(tmp_path / "clip.mp4", noise(), monkeypatch)
    page = os.sysconf("SC_PAGE_SIZE")
    size = (first // page + pages) * page
    with small_disk(tmp_path / "disk", size) as disk:
        said = recorded(disk / "clip.mp4", noise())
        check(disk / "clip.mp4", said)
        assert bool(said) == (size < end)


@pytest.mark.parametrize("cut_off", [2, 3000, 0.5, 0.9])
def test_a_copy_that_is_cut_does_not_take_the_place_of_the_recording(
    tmp_path, monkeypatch, cut_off
):
    """By so many bytes, or by a share."""
    path = tmp_path / "clip.mp4"
    _, end = fragments(path, noise(), monkeypatch)
    copy = mp4_file._copy

    def cut(source, target):
        copy(source, target)
        size = target.stat().st_size
        os.truncate(str(target), int(size * (1 - cut_off)) if cut_off <= 1 else size - cut_off)

    monkeypatch.setattr(mp4_file, "_copy", cut)
    assert not recorded(path, noise())
    assert path.stat().st_size == end
    check(path, "")
    assert [p.name for p in tmp_path.iterdir()] == ["clip.mp4"]


def test_after_the_end_a_recording_is_left_alone(tmp_path):
    recorder = VideoRecorder(tmp_path / "clip.mp4")
    for i, frame in enumerate(noise()):
        recorder.write(frame, i / 10)
    recorder.close()
    recorder.close()
    with pytest.raises(OSError, match="is closed"):
        recorder.write(noise()[0], 2.0)
    assert len(times(tmp_path / "clip.mp4")[0]) == 11


@pytest.mark.parametrize("name", ["clip", "clip.avi"])
def test_another_suffix_is_refused_by_its_name(tmp_path, name):
    with pytest.raises(OSError, match=r"the name of the file must end in \.mp4"):
        VideoRecorder(tmp_path / name)


def test_nothing_recorded_leaves_no_file(tmp_path):
    VideoRecorder(tmp_path / "clip.mp4").close()
    assert not list(tmp_path.iterdir())


def recording(path, most=0):
    environment = {"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin"}
    return subprocess.Popen(
        [sys.executable, "-c", RECORD, str(path), str(most)],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


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
    written = len(out.splitlines())
    shown, _ = times(path)
    assert len(shown) > written - 60
    assert last == (
        f"OSError: recording to {path} stopped: File too large; {len(shown)} of {written + 1} "
        "frames can be played"
    )


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
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--dump-dom",
        "--virtual-time-budget=5000",
        f"--user-data-dir={tmp_path / 'profile'}",
        page.as_uri(),
    ]
    deadline = time.monotonic() + 60
    dom = ""
    while "<title>" not in dom and time.monotonic() < deadline:
        result = subprocess.run(
            command, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60
        )
        dom = result.stdout
    assert "<title>plays 2.0" in dom, dom

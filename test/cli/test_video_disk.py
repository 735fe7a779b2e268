"""`pose video` where the mp4 cannot be written, or not to its end: exit code 1 and one line."""

import os

import numpy as np
import pytest

from full_disks import small_disk

av = pytest.importorskip("av")
from lightweight_openpose.backends.choice import installed
from lightweight_openpose.cli.program import main
from lightweight_openpose.video import recorder as module
from lightweight_openpose.video.recorder import VideoRecorder

pytestmark = pytest.mark.skipif(
    not (installed("openvino") or installed("onnxruntime")), reason="no runtime"
)


@pytest.fixture()
def clip(tmp_path):
    """11 frames in two fragments, which no codec makes small."""
    rng = np.random.default_rng(0)
    recorder = VideoRecorder(tmp_path / "clip.mp4")
    for i in range(11):
        recorder.write(rng.integers(0, 255, (192, 256, 3)).astype(np.uint8), i / 10)
    recorder.close()
    return tmp_path / "clip.mp4"


def run(clip, output):
    return main(["video", str(clip), "--output", str(output), "--height", "64"])


def test_a_disk_that_fills_in_the_last_fragment_is_said(clip, tmp_path, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        patch.setattr(module, "put_in_order", lambda *_: None)
        assert run(clip, tmp_path / "out" / "clip.mp4") == 0
    content = (tmp_path / "out" / "clip.mp4").read_bytes()
    page = os.sysconf("SC_PAGE_SIZE")
    pages = (content.rindex(b"moof") - 4) // page + 1  # the first fragment, not the second
    assert pages * page < len(content)
    capsys.readouterr()
    with small_disk(tmp_path / "disk", (pages + 1) * page) as disk:  # a page of lines
        assert run(clip, disk / "clip.mp4") == 1
        with av.open(str(disk / "clip.mp4")) as container:
            assert sum(1 for _ in container.decode(video=0)) == 10
        assert sorted(p.name for p in disk.iterdir()) == ["clip.jsonl", "clip.mp4"]
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("pose video: recording to ")
    assert said.endswith("the disk may be full; 10 of 11 frames can be played")


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_file_is_refused_at_once(clip, tmp_path, capsys, kind):
    output = tmp_path / "out.mp4"
    output.mkdir() if kind == "folder" else os.mkfifo(str(output))
    assert run(clip, output) == 1
    said = capsys.readouterr().err.splitlines()
    assert said == [f"pose video: cannot record to {output}: it is a {kind}, not a file"]


def test_a_clock_that_was_set_in_a_video_is_said_once(clip, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(module, "MAX_GAP", 0.05)  # every gap of the clip is longer
    assert run(clip, tmp_path / "out.mp4") == 0
    assert capsys.readouterr().err.count("a clock may have been set") == 1

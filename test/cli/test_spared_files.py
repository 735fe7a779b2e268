"""Nothing takes the place of what it is made of, and a run that fails leaves earlier results."""

import json

import cv2
import numpy as np
import pytest

from lightweight_openpose.backends.choice import installed
from lightweight_openpose.cli.program import main
from lightweight_openpose.video.recorder import VideoRecorder

needs_runtime = pytest.mark.skipif(
    not (installed("openvino") or installed("onnxruntime")), reason="no runtime"
)


@pytest.fixture()
def clip(tmp_path):
    pytest.importorskip("av")
    recorder = VideoRecorder(tmp_path / "clip.mp4")
    for i in range(4):
        recorder.write(np.full((48, 64, 3), 60 * i, np.uint8), i / 10)
    recorder.close()
    return tmp_path / "clip.mp4"


@needs_runtime
@pytest.mark.parametrize(
    "given, output",
    [
        ("clip.mp4", "clip.mp4"),
        ("clip.mp4", "link.mp4"),
        (".", "clip.mp4"),
    ],
)
def test_a_video_is_not_written_over(clip, capsys, given, output):
    (clip.parent / "link.mp4").symlink_to(clip)
    before = clip.read_bytes()
    call = ["video", str(clip.parent / given), "--output", str(clip.parent / output)]
    assert main(call) == 1
    assert "would be overwritten by what is made of it" in capsys.readouterr().err
    assert clip.read_bytes() == before


@needs_runtime
def test_lines_of_an_earlier_run_stay_where_no_frame_comes(tmp_path):
    (tmp_path / "broken.avi").write_bytes(b"no video")
    (tmp_path / "out.jsonl").write_text("earlier\n")
    assert main(["video", str(tmp_path / "broken.avi"), "--output", str(tmp_path / "out.mp4")]) == 1
    assert (tmp_path / "out.jsonl").read_text() == "earlier\n"


@needs_runtime
def test_times_begin_with_the_first_frame(clip):
    output = clip.parent / "out.mp4"
    assert main(["video", str(clip), "--output", str(output), "--height", "64"]) == 0
    lines = output.with_suffix(".jsonl").read_text().splitlines()
    fps = cv2.VideoCapture(str(clip)).get(cv2.CAP_PROP_FPS)
    assert [json.loads(line)["time"] for line in lines] == pytest.approx(np.arange(4) / fps)


@pytest.mark.parametrize("call", [["prepare"], ["subset", "--number", "1"]])
def test_labels_are_not_written_over(tmp_path, monkeypatch, capsys, call):
    path = tmp_path / "labels.json"
    path.write_text('{"images": [], "annotations": []}')
    monkeypatch.chdir(tmp_path)
    assert main([*call, "--labels", str(path), "--output", "labels.json"]) == 1
    assert "would be overwritten" in capsys.readouterr().err
    assert path.read_text() == '{"images": [], "annotations": []}'


def test_a_checkpoint_is_not_written_over_by_its_own_half(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    from lightweight_openpose.export import pack as module
    from lightweight_openpose.networks import build_network
    from lightweight_openpose.networks.checkpoint import write_checkpoint
    from lightweight_openpose.poses.skeleton import COCO18

    monkeypatch.setattr(module, "need_nncf", lambda: None)
    photos = tmp_path / "photos"
    photos.mkdir()
    cv2.imwrite(str(photos / "a.png"), np.zeros((64, 64, 3), np.uint8))
    state = build_network("student-small", COCO18).state_dict()
    path = write_checkpoint(tmp_path / "mine.pth", {"state_dict": state, "step": 7})
    before = path.read_bytes()
    with pytest.raises(ValueError, match="mine.pth would be overwritten"):
        module.pack(path, tmp_path, "mine", photos)
    assert path.read_bytes() == before

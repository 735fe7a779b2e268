"""Lines of `pose video`: whose frame, from which file, at which time."""

import json

import cv2
import numpy as np
import pytest

pytest.importorskip("av")
from lightweight_openpose.analysis.track_events import events, sightings
from lightweight_openpose.backends.choice import installed
from lightweight_openpose.cli.program import main
from lightweight_openpose.poses.pose_lines import Frame, frame_to_dict, read_frames
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.video.recorder import VideoRecorder
from people import person

needs_runtime = pytest.mark.skipif(
    not (installed("openvino") or installed("onnxruntime")), reason="no runtime"
)
STAMPS = [10.0, 10.03, 10.06, 11.5, 14.0]


def video(source, tmp_path):
    """The frames in the lines, and the time stamps [s] of the mp4."""
    import av

    output = tmp_path / "out.mp4"
    assert main(["video", str(source), "--output", str(output), "--height", "64"]) == 0
    with av.open(str(output)) as container:
        shown = [float(f.pts * f.time_base) for f in container.decode(video=0)]
    return list(read_frames(output.with_suffix(".jsonl"))), shown


@needs_runtime
def test_times_are_the_videos_own_in_the_lines_and_in_the_recording(tmp_path):
    recorder = VideoRecorder(tmp_path / "clip.mp4")
    for i, stamp in enumerate(STAMPS):
        recorder.write(np.full((48, 64, 3), 50 * i, np.uint8), stamp)
    recorder.close()
    frames, shown = video(tmp_path / "clip.mp4", tmp_path)
    expected = np.array(STAMPS) - 10
    np.testing.assert_allclose([frame.time for frame in frames], expected, atol=1e-3)
    np.testing.assert_allclose(shown, expected, atol=1e-3)
    assert {frame.file for frame in frames} == {"clip.mp4"}


@needs_runtime
def test_frames_of_a_folder_are_in_natural_order_and_name_their_file(tmp_path):
    (tmp_path / "in").mkdir()
    for i in range(1, 12):
        cv2.imwrite(str(tmp_path / "in" / f"{i}.png"), np.full((48, 64, 3), 20 * i, np.uint8))
    frames, _ = video(tmp_path / "in", tmp_path)
    assert [frame.file for frame in frames] == [f"{i}.png" for i in range(1, 12)]
    assert [frame.number for frame in frames] == list(range(11))


@needs_runtime
def test_photos_of_a_folder_are_in_natural_order(tmp_path):
    (tmp_path / "in").mkdir()
    for i in (1, 2, 10):
        cv2.imwrite(str(tmp_path / "in" / f"{i}.png"), np.zeros((48, 64, 3), np.uint8))
    lines = tmp_path / "lines.jsonl"
    call = ["image", str(tmp_path / "in"), "--output", str(tmp_path / "out"), "--lines", str(lines)]
    assert main([*call, "--height", "64"]) == 0
    names = [json.loads(line)["image"] for line in lines.read_text().splitlines()]
    assert names == ["1.png", "2.png", "10.png"]


def test_a_frame_without_a_file_says_none(tmp_path):
    path = tmp_path / "lines.jsonl"
    frames = [
        Frame(i, i / 10, 64, 48, "coco18", [], file=file) for i, file in enumerate(["", "a.png"])
    ]
    path.write_text("".join(json.dumps(frame_to_dict(frame)) + "\n" for frame in frames))
    lines = path.read_text().splitlines()
    assert ["file" in json.loads(line) for line in lines] == [False, True]
    assert list(read_frames(path)) == frames


@pytest.mark.parametrize("gap, kinds", [(1.0, ["change"]), (9.0, ["birth"])])
def test_tracks_are_judged_by_the_times_of_the_lines(gap, kinds):
    """An id that begins where another ended, one frame later, which lasts long or not."""
    first = [Frame(i, i / 30, 640, 480, "coco18", [person(track_id=1)]) for i in range(5)]
    end = first[-1].time
    second = [
        Frame(5 + i, end + gap + i / 30, 640, 480, "coco18", [person(track_id=2)]) for i in range(5)
    ]
    found = events(sightings(first + second), np.asarray(COCO18.sigmas))
    assert [e.kind for e in found if e.track_id == 2 and e.kind != "death"] == kinds

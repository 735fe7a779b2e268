import os

import cv2
import numpy as np
import pytest

from lightweight_openpose.video.capture import Mode
from lightweight_openpose.video.recorder import VideoRecorder
from lightweight_openpose.video.sources import Source, SourceError, is_live


def video(path, frames=20, fps=10.0):
    recorder = VideoRecorder(path)
    for i in range(frames):
        recorder.write(np.full((48, 64, 3), 10 * i, np.uint8), i / fps)
    recorder.close()
    return path


def test_a_recorded_video_plays_back(tmp_path):
    frames = list(Source(str(video(tmp_path / "clip.mp4"))))
    assert len(frames) == 20 and [round(f.time, 3) for f in frames] == [i / 10 for i in range(20)]
    assert abs(float(frames[12].image.mean()) - 120) < 6
    assert len(list(Source(str(tmp_path / "clip.mp4"), max_seconds=0.5))) == 5


def test_colors_are_those_that_opencv_reads_whatever_the_file_says_of_them(tmp_path):
    """OpenCV 4.13 and newer do go by what the file says: there the plain file tells."""
    av = pytest.importorskip("av")
    color = np.full((48, 64, 3), (30, 60, 220), np.uint8)
    for name, bt709 in (("plain.mp4", False), ("tagged.mp4", True)):
        with av.open(str(tmp_path / name), "w") as container:
            stream = container.add_stream("libx264", rate=10)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            if bt709:
                stream.codec_context.colorspace = 1
            container.mux(stream.encode(av.VideoFrame.from_ndarray(color, format="bgr24")))
            container.mux(stream.encode(None))
        (frame,) = Source(str(tmp_path / name))
        expected = cv2.VideoCapture(str(tmp_path / "plain.mp4")).read()[1]
        assert np.abs(frame.image.astype(int) - expected).max() <= 1


def test_a_folder_is_played_in_order_and_skips_what_is_broken(tmp_path):
    for name, value in (("2.png", 20), ("1.png", 10)):
        cv2.imwrite(str(tmp_path / name), np.full((8, 8, 3), value, np.uint8))
    (tmp_path / "3.jpg").write_bytes(b"no jpeg")
    (tmp_path / "4.mp4").write_bytes(b"no video")
    (tmp_path / "notes.txt").write_text("not footage")
    source = Source(str(tmp_path), hold=0.1)
    assert [int(f[0, 0, 0]) for f in (frame.image for frame in source)] == [10] * 3 + [20] * 3
    assert [p.rsplit("/", 1)[1] for p in source.unreadable] == ["3.jpg", "4.mp4"]


def test_a_folder_is_in_natural_order_and_its_frames_name_their_file_and_time(tmp_path):
    names = ["b2.PNG", "B10.png", "a.png", "b02.png", "b1.png", "10.png", "2.png"]
    for name in names:
        cv2.imwrite(str(tmp_path / name), np.full((8, 8, 3), 10, np.uint8))
    frames = list(Source(str(tmp_path), mode=Mode(framerate=10)))
    assert [f.file for f in frames] == [
        "2.png",
        "10.png",
        "a.png",
        "b1.png",
        "b02.png",
        "b2.PNG",
        "B10.png",
    ]
    assert [round(f.time, 6) for f in frames] == [i / 10 for i in range(7)]


def test_times_go_on_from_file_to_file(tmp_path):
    video(tmp_path / "1.mp4", frames=4, fps=10.0)
    video(tmp_path / "2.mp4", frames=3, fps=5.0)
    cv2.imwrite(str(tmp_path / "3.png"), np.full((8, 8, 3), 10, np.uint8))
    times = [f.time for f in Source(str(tmp_path))]
    np.testing.assert_allclose(times, [0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0], atol=1e-6)


def test_a_broken_file_in_a_folder_is_no_end_in_any_round(tmp_path):
    cv2.imwrite(str(tmp_path / "1.png"), np.full((8, 8, 3), 10, np.uint8))
    (tmp_path / "2.jpg").write_bytes(b"no jpeg")
    source = Source(str(tmp_path))
    for _ in range(4):
        assert len(list(source)) == 1
        assert list(source.unreadable) == [str(tmp_path / "2.jpg")]
    cv2.imwrite(str(tmp_path / "2.jpg"), np.full((8, 8, 3), 10, np.uint8))
    assert len(list(source)) == 2 and not source.unreadable
    for name in ("1.png", "2.jpg"):
        (tmp_path / name).unlink()
    with pytest.raises(SourceError, match="1.png .*No such file"):
        list(source)


@pytest.mark.parametrize("framerate, frames", [(0, 60), (5, 10), (0.1, 1)])
def test_a_photo_is_shown_as_long_as_asked_at_any_rate(tmp_path, framerate, frames):
    cv2.imwrite(str(tmp_path / "1.png"), np.full((8, 8, 3), 10, np.uint8))
    shown = list(Source(str(tmp_path), hold=2.0, mode=Mode(framerate=framerate)))
    assert len(shown) == frames
    assert [f.time for f in shown] == [i / (framerate or 30) for i in range(frames)]


def test_a_pixel_format_is_for_devices(tmp_path):
    mode = Mode(pixel_format="mjpeg")
    cv2.imwrite(str(tmp_path / "1.png"), np.full((8, 8, 3), 10, np.uint8))
    for source in (str(tmp_path / "1.png"), "http://127.0.0.1:9/x"):
        assert ["ignored for" in r for r in Source(source, mode=mode).remarks] == [True]
    assert Source("/dev/video0", mode=mode).remarks == Source("0", mode=mode).remarks == []


def test_sources_that_cannot_be_are_named(tmp_path):
    with pytest.raises(SourceError, match="does not exist"):
        Source(str(tmp_path / "none.mp4"))
    with pytest.raises(SourceError, match="holds no image or video"):
        Source(str(tmp_path))
    (tmp_path / "broken.jpg").write_bytes(b"x")
    with pytest.raises(SourceError, match="broken.jpg is no image"):
        list(Source(str(tmp_path / "broken.jpg")))
    with pytest.raises(SourceError, match="cannot open /dev/video97"):
        list(Source("/dev/video97"))
    with pytest.raises(SourceError, match="cannot open /dev/zero"):
        list(Source("/dev/zero"))


@pytest.mark.parametrize(
    "source, live",
    [
        ("0", True),
        ("/dev/video2", True),
        ("rtsp://camera/1", True),
        ("http://camera/mjpeg", True),
        ("clip.mp4", False),
        ("photos/", False),
    ],
)
def test_what_is_live(source, live):
    assert is_live(source) is live


def test_a_named_pipe_is_live(tmp_path):
    os.mkfifo(str(tmp_path / "camera.mjpeg"))
    assert is_live(str(tmp_path / "camera.mjpeg"))


def test_how_many_frames_will_come_is_known_of_files_alone(tmp_path):
    video(tmp_path / "1.mp4", frames=20)
    assert Source(str(tmp_path / "1.mp4")).expected_frames() == 20
    cv2.imwrite(str(tmp_path / "2.png"), np.zeros((8, 8, 3), np.uint8))
    (tmp_path / "3.mp4").write_bytes(b"no video")
    source = Source(str(tmp_path))
    assert source.expected_frames() == len(list(source)) == 21
    source = Source(str(tmp_path / "2.png"), hold=0.5, mode=Mode(framerate=10))
    assert source.expected_frames() == len(list(source)) == 5
    assert Source("97").expected_frames() is None

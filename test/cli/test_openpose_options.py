"""`pose video` takes what users of OpenPose type, and writes the JSON that their tools read."""

import argparse
import json

import cv2
import numpy as np
import pytest

from lightweight_openpose.backends.choice import installed
from lightweight_openpose.cli import video
from lightweight_openpose.cli.program import main
from lightweight_openpose.poses.pose_lines import read_frames

some_runtime = pytest.mark.skipif(
    not (installed("openvino") or installed("onnxruntime")), reason="no runtime"
)


def parsed(*options):
    parser = argparse.ArgumentParser()
    video.add_arguments(parser)
    return parser.parse_args([*map(str, options)])


@pytest.mark.parametrize(
    "given, height, width",
    [
        ("656x368", 368, 0),
        ("-1x256", 256, 0),
        ("448x-1", 256, 448),
    ],
)
def test_the_resolution_is_that_of_height_or_width(given, height, width):
    arguments = parsed("0", f"--net-resolution={given}")
    assert (arguments.height, arguments.width) == (height, width)


@pytest.mark.parametrize(
    "options, said",
    [
        (["0", "--net-resolution", "big"], "expected WxH, such as 656x368"),
        (["0", "--net-resolution", "656x368x3"], "expected WxH"),
        (["0", "--net-resolution=-1x-1"], "give one of them"),
        (["0", "--net-resolution", "656x9999"], "9999 is outside 32..2048 px"),
        (["0", "--net-resolution", "8x368"], "8 is outside 32..8192 px"),
        (["0", "--camera", "1"], "not allowed with argument"),
        ([], "source --camera is required"),
        (["0", "--frames", "-1"], "is not a whole number of at least 0"),
    ],
)
def test_what_is_wrong_is_one_line(capsys, options, said):
    with pytest.raises(SystemExit) as ended:
        main(["video", *options])
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_names_of_openpose_mean_the_same_as_ours():
    theirs = parsed("--camera", 2, "--write-video", "a.mp4", "--frames", 7)
    ours = parsed("2", "--output", "a.mp4", "--max-frames", 7)
    assert theirs == ours and ours.source == "2"


@some_runtime
def test_a_frame_is_a_file_beside_the_line(tmp_path, capsys):
    """Frames without anybody: the footage with people is in test_presentation.py."""
    photos = tmp_path / "photos"
    photos.mkdir()
    for i in range(3):
        cv2.imwrite(str(photos / f"{i}.png"), np.full((120, 160, 3), 60 * i, np.uint8))
    output = tmp_path / "a.mp4"
    call = [
        "video",
        str(photos),
        "--write-video",
        str(output),
        "--frames",
        "2",
        "--net-resolution=-1x64",
        "--write-json",
        str(tmp_path / "json"),
    ]
    assert main(call) == 0
    assert "2 frames, " in capsys.readouterr().out
    names = sorted(p.name for p in (tmp_path / "json").iterdir())
    assert names == [f"photos_00000000000{i}_keypoints.json" for i in range(2)]
    assert len(list(read_frames(output.with_suffix(".jsonl")))) == 2
    for name in names:
        document = json.loads((tmp_path / "json" / name).read_text())
        assert document == {"version": 1.3, "people": []}


@some_runtime
def test_the_people_of_a_video_are_those_of_its_lines(shared, tmp_path):
    clip = shared / "footage" / "video.avi"
    output = tmp_path / "a.mp4"
    folder = tmp_path / "json"
    assert (
        main(
            [
                "video",
                str(clip),
                "--output",
                str(output),
                "--frames",
                "2",
                "--write-json",
                str(folder),
            ]
        )
        == 0
    )
    seen = 0
    for frame in read_frames(output.with_suffix(".jsonl")):
        name = f"video_{frame.number:012d}_keypoints.json"
        people = json.loads((folder / name).read_text())["people"]
        assert [p["person_id"] for p in people] == [[pose.track_id] for pose in frame.poses]
        for person, pose in zip(people, frame.poses):
            rows = np.array(person["pose_keypoints_2d"]).reshape(-1, 3)
            np.testing.assert_allclose(rows, np.nan_to_num(pose.keypoints), atol=2e-3)
            seen += 1
    assert seen > 0


@some_runtime
def test_a_folder_that_cannot_be_is_one_line(tmp_path, capsys):
    photo = tmp_path / "a.png"
    cv2.imwrite(str(photo), np.zeros((64, 64, 3), np.uint8))
    call = ["video", str(photo), "--output", str(tmp_path / "a.mp4"), "--write-json", str(photo)]
    assert main(call) == 1
    assert "a.png" in capsys.readouterr().err.splitlines()[-1]

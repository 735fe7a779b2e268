"""Heads, rates and windows of `pose image` and `pose video`."""

import json
import math
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from lightweight_openpose.analysis.history import history_of
from lightweight_openpose.backends.choice import installed
from lightweight_openpose.cli.heads import Heads
from lightweight_openpose.cli.presentation import FrameRate
from lightweight_openpose.cli.program import main
from lightweight_openpose.display import window
from lightweight_openpose.display.heads import drawn_heads
from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.head import HEAD_INDICES
from lightweight_openpose.geometry.head_model import COMMON
from lightweight_openpose.geometry.head_solver import HeadSolver
from lightweight_openpose.geometry.orientation import rotation_from_angles
from lightweight_openpose.poses import COCO18, Pose, find_skeleton
from lightweight_openpose.poses.people import People
from lightweight_openpose.poses.pose import missing_keypoints
from lightweight_openpose.poses.pose_lines import Frame, head_to_dict, read_frames

SHAPE = (480, 640, 3)
FOV = 1.2  # rad
ANGLES = (0.5, -0.2, 0.1)  # yaw, pitch, roll [rad]
PLACE = np.array([0.1, -0.05, 1.5])  # m
some_runtime = pytest.mark.skipif(
    not (installed("openvino") or installed("onnxruntime")), reason="no runtime"
)


def turned_head(fov=FOV, track_id=-1):
    """Pose whose head has ANGLES at PLACE for a camera of this field of view."""
    keypoints = missing_keypoints(18)
    rotation = rotation_from_angles(*ANGLES, PLACE)
    points = COMMON.at(rotation, PLACE) @ rotation.T + PLACE
    pixels = Camera.assumed_for(SHAPE[1], SHAPE[0], fov).project(points)
    keypoints[list(HEAD_INDICES)] = np.c_[pixels, np.full(5, 0.9)]
    return Pose(keypoints, 0.9, track_id)


def people_of(poses, stamp=0.0, model=""):
    return People(poses, (SHAPE[1], SHAPE[0]), stamp=stamp, model=model)


def solve(heads, poses, stamp=0.0):
    return list(heads(people_of(poses, stamp)).heads)


def test_a_head_has_the_angles_and_the_place_that_it_was_made_with():
    head, nobody = solve(Heads(COCO18, FOV), [turned_head(), Pose(missing_keypoints(18), 0.1)])
    fields = head_to_dict(head)
    assert [fields[name] for name in ("yaw", "pitch", "roll")] == pytest.approx(ANGLES, abs=0.01)
    assert fields["position"] == pytest.approx(PLACE, abs=0.02) and fields["num_keypoints"] == 5
    assert nobody is None


def test_deviations_of_angles_are_null_where_they_are_not_known():
    (head,) = solve(Heads(COCO18, FOV), [turned_head()])
    given = replace(head, angle_stddev=(0.12344, math.nan, np.float32(0.5)))
    assert json.loads(json.dumps(head_to_dict(given)))["angle_stddev"] == [0.1234, None, 0.5]


def test_the_drawn_head_says_degrees_and_its_json_radians():
    people = Heads(COCO18, FOV)(people_of([turned_head(), Pose(missing_keypoints(18), 0.1)]))
    (drawn,) = drawn_heads(people.heads, people.camera)
    degrees = [int(part[1:]) for part in drawn.text.split()]
    assert degrees == pytest.approx(np.degrees(ANGLES), abs=1) and drawn.text.startswith("y+")
    middle = Camera.assumed_for(SHAPE[1], SHAPE[0], FOV).project(PLACE[None])[0]
    assert drawn.origin == pytest.approx(middle, abs=1)
    document = people.to_dict()
    assert document["assumed_fov"] == FOV and document["poses"][1]["head"] is None
    assert document["poses"][0]["head"]["yaw"] == pytest.approx(ANGLES[0], abs=0.01)


def test_three_joints_suffice_for_an_id_that_was_just_seen():
    solver = Heads(COCO18, FOV)
    fewer = turned_head(track_id=3)
    fewer.keypoints[[COCO18.index("left_ear"), COCO18.index("right_ear")]] = (np.nan, np.nan, 0)
    assert solve(solver, [fewer], 0.0) == [None]
    assert solve(solver, [turned_head(track_id=3)], 0.1) != [None]
    assert solve(solver, [fewer], 0.2) != [None]
    assert solve(solver, [fewer], 2.0) == [None]


def test_a_head_that_turns_suddenly_is_smoothed_where_it_has_an_id():
    left, right = turned_head(track_id=3), turned_head(track_id=3)
    right.keypoints[:, 0] += 0.4 * (right.keypoints[:, 2] > 0)
    right.keypoints[COCO18.index("nose"), 0] += 1.5
    moved = {}
    for track_id in (3, -1):
        solver = Heads(COCO18, FOV)
        for i in range(30):
            (before,) = solve(solver, [replace(left, track_id=track_id)], i / 25)
        (after,) = solve(solver, [replace(right, track_id=track_id)], 30 / 25)
        moved[track_id] = abs(after.yaw - before.yaw)
    assert 0 < moved[3] < 0.7 * moved[-1]


def test_the_model_of_the_head_is_that_of_the_network(monkeypatch):
    asked = []
    monkeypatch.setattr(
        HeadSolver,
        "solve",
        lambda self, pose, camera, previous, network: asked.append(network) or (None, "no"),
    )
    Heads(COCO18, FOV)(people_of([turned_head()], model="own-fast"))
    frame = Frame(0, 0.0, 640, 480, "coco18", [turned_head(track_id=3)], "own")
    assert np.isnan(history_of([frame]).people[3].angles[0]).all()
    assert asked == ["own-fast", "own"]


def test_a_skeleton_without_heads_is_refused(tmp_path):
    path = tmp_path / "stick.yaml"
    path.write_text("name: stick\nkeypoints: [a, b, c]\nlimbs: [[a, b], [b, c]]\n")
    with pytest.raises(ValueError, match="--heads: skeleton stick has neither nose"):
        Heads(find_skeleton(str(path)), FOV)


def test_the_rate_is_that_of_the_last_second():
    rate = FrameRate()
    assert rate.tick(0.0) == 0
    assert [rate.tick(i / 10) for i in range(1, 6)][-1] == pytest.approx(10)
    for i in range(1, 80):
        last = rate.tick(0.5 + i / 20)
    assert last == pytest.approx(20)


@some_runtime
def test_a_photograph_has_heads_and_a_rate(shared, tmp_path):
    photo = shared / "footage" / "COCO_val2014_000000000241.jpg"
    call = ["image", str(photo), "--width", "448", "--output"]
    assert main([*call, str(tmp_path / "plain")]) == 0
    assert main([*call, str(tmp_path / "heads"), "--heads", "--fps"]) == 0
    plain, heads = (
        json.loads((tmp_path / name / f"{photo.stem}.json").read_text())
        for name in ("plain", "heads")
    )
    assert "assumed_fov" not in plain and heads["assumed_fov"] == pytest.approx(math.pi / 3, 1e-4)
    found = [pose.pop("head") for pose in heads.pop("poses") if pose["head"]]
    assert len(found) >= 2 and all(abs(head["yaw"]) < math.pi / 2 for head in found)
    for pose in plain["poses"]:
        xy = np.array([k[:2] for k in pose["keypoints"] if k])
        box = [*xy.min(0), *(xy.max(0) - xy.min(0))]
        assert pose["bbox"] == pytest.approx(box, abs=0.02)
    pictures = [
        cv2.imread(str(tmp_path / name / f"{photo.stem}.png")).astype(int)
        for name in ("plain", "heads")
    ]
    differ = np.abs(pictures[0] - pictures[1]).max(2) > 20
    assert differ[-20:, :100].any(), "no rate along the lower edge"
    assert 500 < differ[:-40].sum() < 0.2 * differ.size, "no heads, or more than heads"


@some_runtime
def test_the_lines_of_a_video_have_heads_and_are_read_back(shared, tmp_path, capsys):
    output = tmp_path / "a.mp4"
    clip = str(shared / "footage" / "video.avi")
    options = ["--max-frames", "3", "--heads", "--fps", "--print-entries", "--min-score", "0.2"]
    assert main(["video", clip, "--output", str(output), *options]) == 0
    lines = [json.loads(line) for line in output.with_suffix(".jsonl").read_text().splitlines()]
    assert [line["frame"] for line in lines] == [0, 1, 2]
    assert all("head" in pose and pose["score"] >= 0.2 for line in lines for pose in line["poses"])
    assert [len(f.poses) for f in read_frames(output.with_suffix(".jsonl"))] == [
        len(line["poses"]) for line in lines
    ]
    said = capsys.readouterr().out
    assert said.count("pose_entries = array(") == 3 and "# frame 2\n" in said


def reason(monkeypatch, build="  GUI:    QT5\n", **environment):
    monkeypatch.setattr(cv2, "getBuildInformation", lambda: build)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return window.why_no_window()


def test_why_there_is_no_window_is_told(monkeypatch):
    assert "headless" in reason(monkeypatch, "  GUI:     NONE\n", DISPLAY=":0")
    assert "DISPLAY is not set" in reason(monkeypatch)
    assert reason(monkeypatch, DISPLAY=":4711") == "no display answers at DISPLAY=:4711"
    assert "no display answers" in reason(monkeypatch, DISPLAY="nonsense")
    assert reason(monkeypatch, WAYLAND_DISPLAY="wayland-0") == ""


@some_runtime
def test_show_without_a_display_is_one_line(tmp_path, monkeypatch, capsys):
    reason(monkeypatch)
    assert main(["image", "x.jpg", "--show", "--output", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "no window can be shown: there is no display" in said and said.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "key, visible, goes_on",
    [
        (-1, 1, True),
        (ord("a"), 1, True),
        (ord("q"), 1, False),
        (27, 1, False),
        (-1, 0, False),
    ],
)
def test_keys_and_closing_end_what_is_shown(monkeypatch, key, visible, goes_on):
    shown = []
    monkeypatch.setattr(window, "why_no_window", lambda: "")
    for name in ("namedWindow", "resizeWindow"):
        monkeypatch.setattr(cv2, name, lambda *_: None)
    monkeypatch.setattr(cv2, "imshow", lambda title, image: shown.append(image.shape))
    monkeypatch.setattr(cv2, "waitKey", lambda _: key)
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: visible)
    assert window.Window("x").show(np.zeros(SHAPE, np.uint8)) is goes_on
    assert shown == [SHAPE]


@some_runtime
@pytest.mark.skipif(not shutil.which("xvfb-run"), reason="no Xvfb")
@pytest.mark.skipif(
    "NONE" in cv2.getBuildInformation().split("GUI:")[1].split("\n")[0],
    reason="OpenCV without windows",
)
def test_a_video_is_shown_on_a_screen(shared, tmp_path):
    command = ["xvfb-run", "-a", sys.executable, "-m", "lightweight_openpose", "video"]
    command += [str(shared / "footage" / "video.avi"), "--max-frames", "2", "--show"]
    path = str(Path(window.__file__).parents[2])
    result = subprocess.run(
        [*command, "--output", str(tmp_path / "a.mp4")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
        env=dict(os.environ, PYTHONPATH=path),
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("2 frames")

"""Histories of people and pictures of them."""

import json
import sys

import cv2
import numpy as np
import pytest

from lightweight_openpose.analysis.history import History, PersonHistory, history_of
from lightweight_openpose.analysis.plots import broken, figure, longest, summary
from lightweight_openpose.cli.program import main
from lightweight_openpose.poses import COCO18, Pose, find_skeleton
from lightweight_openpose.poses.pose_lines import Frame, frame_to_dict, read_frames
from lightweight_openpose.poses.skeleton_map import convert_keypoints
from people import STANDING, clip, person


def lines(path):
    """A clip in which person 4 goes to the right and the nose of person 7 is there, twice."""
    frames = []
    for i in range(40):
        poses = [person(2 * i, track_id=4)]
        if 5 <= i < 10 or 30 <= i < 35:
            poses.append(person(only=["nose"], score=0.3, track_id=7))
        if i == 3:
            poses.append(person(only=[], score=0.1))
        frames.append(poses)
    path.write_text("".join(old_line(frame) for frame in clip(frames, start=10.0)))
    return path


def old_line(frame):
    """The line of a frame as it was before lines named their skeleton."""
    fields = json.loads(json.dumps(frame_to_dict(frame)))
    del fields["skeleton"]
    return json.dumps(fields) + "\n"


def test_history_of_a_clip(tmp_path):
    history = history_of(read_frames(lines(tmp_path / "a.jsonl")))
    assert sorted(history.people) == [4, 7] and history.counts[3] == 2 and len(history.frames) == 40
    assert history.people[4].times[:3] == pytest.approx([0, 0.1, 0.2])
    noses = [keypoints[0, 0] for keypoints in history.people[4].keypoints]
    np.testing.assert_allclose(noses, STANDING["nose"][0] + 2 * np.arange(40))
    assert np.isnan(history.people[7].keypoints[0][5, 0])
    assert np.isnan(history.people[7].angles[0]).all()
    rows = summary(history)
    assert [row["id"] for row in rows] == [4, 7]
    assert rows[1]["frames"] == 10 and rows[1]["to [s]"] == 3.4
    assert longest(history) == [4, 7]


def test_lines_break_where_nobody_was_seen():
    times, values = broken(np.array([0, 0.1, 2.0, 2.1]), np.array([1, 2, 3, 4]))
    np.testing.assert_array_equal(np.isnan(times), [False, False, True, False, False])
    np.testing.assert_array_equal(values, [1, 2, np.nan, 3, 4])


def test_without_matplotlib_one_line_says_how_to_get_it(tmp_path, capsys, monkeypatch):
    for name in ("matplotlib", "matplotlib.figure"):
        monkeypatch.setitem(sys.modules, name, None)
    assert main(["plot", str(lines(tmp_path / "a.jsonl"))]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "matplotlib" in line and "apt install python3-matplotlib" in line


@pytest.mark.parametrize("suffix", ["png", "html"])
def test_command(tmp_path, capsys, suffix):
    pytest.importorskip("matplotlib")
    source = lines(tmp_path / "a.jsonl")
    output = tmp_path / "out" / f"page.{suffix}"
    assert main(["plot", str(source), "--output", str(output), "--joints", "nose"]) == 0
    assert "40 frames, 2 people" in capsys.readouterr().out
    if suffix == "png":
        image = cv2.imread(str(output))
        assert image.shape[1] > 800 and (image.min(2) < 100).sum() > 1000  # something is drawn
    else:
        page = output.read_text()
        assert "at most 2 at a time" in page and "base64," in page and "http" not in page


@pytest.mark.parametrize(
    "content, said", [("{}\n", "line 1: not a line of"), ("not json\n", "line 1: not a line of")]
)
def test_other_files_are_refused(tmp_path, capsys, content, said):
    bad = tmp_path / "bad.jsonl"
    bad.write_text(content)
    assert main(["plot", str(bad)]) == 1 and said in capsys.readouterr().err
    assert main(["plot", str(tmp_path / "x.txt")]) == 1
    assert "expected a .bag" in capsys.readouterr().err
    bad.write_text("")  # nobody, of whom it could say another skeleton
    assert main(["plot", str(bad), "--joints", "tail"]) == 1
    assert "has no tail" in capsys.readouterr().err


def test_angles_have_a_band_of_one_deviation_where_that_is_known():
    pytest.importorskip("matplotlib")
    history = History()
    one, other = PersonHistory(), PersonHistory()
    for i in range(5):
        known = (np.radians(5), np.nan, np.nan)
        one.add(i / 10, person().keypoints, 0.9, (np.radians(30), 0.0, 0.0), known)
        other.add(i / 10, person().keypoints, 0.9, (0.0, 0.0, 0.0), (np.nan,) * 3)
    history.people = {3: one, 4: other}
    yaw, pitch, roll = figure(history, COCO18, ["nose"]).axes[-3:]
    (band,) = yaw.collections
    (outline,) = band.get_paths()
    low, high = outline.get_extents().intervaly
    assert (low, high) == pytest.approx((25, 35))
    assert not pitch.collections and not roll.collections


def test_nobody_at_all(tmp_path):
    pytest.importorskip("matplotlib")
    empty = tmp_path / "a.jsonl"
    empty.write_text(json.dumps({"frame": 0, "time": 1.0, "poses": []}) + "\n")
    assert main(["plot", str(empty), "--output", str(tmp_path / "a.html")]) == 0
    assert "0 people" in (tmp_path / "a.html").read_text()


@pytest.mark.parametrize(
    "name, known",
    [
        ("coco18", True),
        ("body_25", True),
        ("hand_21", False),
        ("nowhere", False),
    ],
)
def test_heads_have_angles_where_the_skeleton_has_a_head(name, known):
    keypoints = person(track_id=4).keypoints
    if name in ("body_25", "hand_21"):
        keypoints = convert_keypoints(keypoints, COCO18, find_skeleton(name))
    frame = Frame(0, 0.0, 640, 480, name, [Pose(keypoints, 0.9, 4)])
    (angles,) = history_of([frame]).people[4].angles
    assert np.isfinite(angles).all() == known

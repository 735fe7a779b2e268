"""--print-entries gives the arrays that the Lightweight OpenPose code gives."""

import ast
import json
import re
from pathlib import Path

import numpy as np
import pytest

from lightweight_openpose.analysis.entries import entries_of, entries_text
from lightweight_openpose.backends.choice import reads
from lightweight_openpose.cli.program import main
from lightweight_openpose.poses import COCO18
from people import STANDING, person


def arrays(text):
    """What was printed: calls of array() with literals."""
    parts = re.split(r"^\w+ = ", text, flags=re.M)[1:]
    calls = [ast.parse(part.strip(), mode="eval").body for part in parts]
    assert all(call.func.id == "array" for call in calls)
    return [np.array(ast.literal_eval(call.args[0])) for call in calls]


def test_two_people_one_of_them_half():
    people = [person(score=0.7), person(200, score=0.4, only=("neck", "nose", "left_ear"))]
    entries, keypoints = entries_of(people, 18)
    assert entries.shape == (2, 20) and keypoints.shape == (21, 4)
    assert entries[:, 18:].tolist() == [[0.7, 18], [0.4, 3]]
    missing = [k for k in range(18) if COCO18.keypoints[k] not in ("nose", "neck", "left_ear")]
    assert (entries[1, missing] == -1).all() and (entries[0, :18] >= 0).all()
    assert keypoints[:, 3].tolist() == list(range(21))
    # By joint, then by person: both noses come first, then both necks.
    assert entries[:, :2].tolist() == [[0, 2], [1, 3]]
    for shift, entry in zip((0, 200), entries):
        x, y, score, _ = keypoints[int(entry[COCO18.index("neck")])]
        assert (x, y) == (STANDING["neck"][0] + shift, STANDING["neck"][1])
        assert score == pytest.approx(0.8)


def test_nobody_is_two_empty_arrays():
    entries, keypoints = entries_of([], 18)
    assert entries.shape == (0, 20) and keypoints.shape == (0, 4)


def test_a_crowd_is_printed_in_full():
    people = [person(10 * i) for i in range(80)]
    text = entries_text(people, 18)
    assert "..." not in text
    entries, keypoints = arrays(text)
    assert entries.shape == (80, 20) and keypoints.shape == (1440, 4)


@pytest.mark.skipif(not reads(Path("any.onnx")), reason="no runtime")
def test_of_a_photograph_they_are_the_joints_in_the_json(shared, tmp_path, capsys):
    photo = shared / "footage" / "COCO_val2014_000000000241.jpg"
    assert main(["image", str(photo), "--output", str(tmp_path), "--print-entries"]) == 0
    entries, keypoints = arrays(capsys.readouterr().out.split("\n1 images")[0])
    poses = json.loads((tmp_path / f"{photo.stem}.json").read_text())["poses"]
    assert len(poses) == len(entries) >= 2
    assert len(keypoints) == sum(k is not None for p in poses for k in p["keypoints"])
    for pose, entry in zip(poses, entries):
        assert entry[18] == pytest.approx(pose["score"], abs=1e-3)
        assert entry[19] == sum(k is not None for k in pose["keypoints"])
        for row, joint in zip(entry[:18], pose["keypoints"]):
            if joint is None:
                assert row == -1
            else:
                np.testing.assert_allclose(keypoints[int(row), :3], joint, atol=2e-3)

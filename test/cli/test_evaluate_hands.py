"""`pose evaluate-hands`: hands of known joints in, the share of those found where they are out."""

import json
import re

import cv2
import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from constant_network import write_constant_network
from lightweight_openpose.cli.program import main
from lightweight_openpose.estimation.arms import Arm
from lightweight_openpose.estimation.closeup import to_image
from lightweight_openpose.estimation.hand_networks import JointHands
from lightweight_openpose.poses.skeleton_file import find_skeleton

HAND = find_skeleton("hand_21")
SIZE = 96
# In the crop as the network sees it: a hand as large as half of it, its palm upwards.
JOINTS = np.array([(48, 72)] + [(24 + 12 * f, 60 - 12 * j) for f in range(5) for j in range(4)])
ARM = {"wrist": [100, 100], "elbow": [100, 180], "shoulder": [180, 180]}


@pytest.fixture
def network(tmp_path):
    """Finds the same joints in every crop; of crops, so that left hands come mirrored."""
    points = np.c_[JOINTS, np.ones(21)].astype(np.float32)
    return str(
        write_constant_network(
            tmp_path / "hand.onnx", [points, np.array([0.9], np.float32)], HAND, (SIZE, SIZE)
        )
    )


def at_first_look(side):
    arm = Arm(*(np.array(ARM[name], float) for name in ("wrist", "elbow", "shoulder")))

    class Network:
        tells_sides = False

    return to_image(JOINTS, JointHands(Network()).from_arm(side, arm), SIZE)


def labels(tmp_path, rows):
    for row in rows:
        cv2.imwrite(str(tmp_path / row["file"]), np.full((200, 200, 3), 90, np.uint8))
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(rows))
    return ["evaluate-hands", "--labels", str(path), "--images", str(tmp_path)]


def row(side="right", joints=None, **changes):
    joints = None if joints is None else joints.tolist()
    return {"file": "a.png", "side": side, "joints": joints, **ARM, **changes}


def test_the_shares_are_those_of_known_joints(network, tmp_path, capsys):
    left, right = at_first_look("left"), at_first_look("right")
    off = right.copy()
    size = np.ptp(right, axis=0).max()
    off[:7, 0] += 0.15 * size
    off[7:14, 0] += 0.25 * size
    rows = [row("left", left), row("right", off), row("right"), row("left", shoulder=None)]
    assert main([*labels(tmp_path, rows), "--hands", network]) == 0
    first = capsys.readouterr().out.splitlines()
    assert first[0] == f"{network}, 4 labels, 0 pictures unreadable"
    look, within, closely, found, refused = re.findall(r"[\d.]+", first[3])
    assert look == "1" and (found, refused) == ("1.000", "0.000")
    size_off = np.ptp(off, axis=0).max()
    distances = np.concatenate([np.zeros(21), np.repeat([0.15, 0.25, 0], 7) * size / size_off])
    assert float(within) == pytest.approx(np.mean(distances <= 0.2), abs=1e-3)
    assert float(closely) == pytest.approx(np.mean(distances <= 0.1), abs=1e-3)
    assert first[4].startswith("| 2 |")


@pytest.mark.parametrize(
    "rows, options, said",
    [
        ([row(side="both")], [], "labels.json, row 0: side is 'both'; it is left or right"),
        (
            [row(joints=np.zeros((20, 2)))],
            [],
            "labels.json, row 0: joints: expected 21 points, not 20",
        ),
        ([row(wrist=[1])], [], "labels.json, row 0: wrist: expected 2 finite numbers"),
        ([{"file": "a.png", "side": "left"}], [], "labels.json, row 0 has no 'wrist'"),
        ([row(file="../a.png")], [], "leads out of the folder of the images"),
        ([], [], "labels.json has no labels of hands"),
        ([row()], ["--hands", "off"], "--hands off names no network of hands"),
        ([row()], ["--hands", "nowhere.onnx"], "no model named 'nowhere.onnx'"),
    ],
)
def test_what_cannot_be_is_one_line(network, tmp_path, capsys, rows, options, said):
    path = tmp_path / "labels.json"
    cv2.imwrite(str(tmp_path / "a.png"), np.full((20, 20, 3), 90, np.uint8))
    path.write_text(json.dumps(rows))
    command = ["evaluate-hands", "--labels", str(path), "--images", str(tmp_path)]
    assert main([*command, *(options or ["--hands", network])]) != 0
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line

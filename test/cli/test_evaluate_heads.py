"""`pose evaluate-heads`: heads of known angles in, their errors out."""

import csv
import json
import re
import tarfile

import cv2
import numpy as np
import pytest

from lightweight_openpose.cli.program import main
from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.head import HEAD_INDICES
from lightweight_openpose.geometry.orientation import rotation_from_angles
from lightweight_openpose.poses import COCO18, find_skeleton
from people import face, maps_of, standing

FOV = 1.0472  # rad, the default
CAMERA = Camera.assumed_for(640, 480, FOV)
ANGLES = [(yaw, pitch, 5) for yaw in (-60, -35, -10, 10, 35, 60) for pitch in (-15, 15)]


def joints_of(angles):
    keypoints = face(angles, (0.1, 0, 0.8), CAMERA)[list(HEAD_INDICES)]
    return [[round(float(v), 3) for v in row] for row in keypoints]


def write_rows(folder, rows, name="labels.json"):
    (folder / name).write_text(json.dumps(rows))
    return str(folder / name)


def write_pictures(folder, names):
    path = folder / "pictures.tar"
    with tarfile.open(str(path), "w") as tar:
        for name in names:
            cv2.imwrite(str(folder / "one.png"), np.full((480, 640, 3), 90, np.uint8))
            tar.add(str(folder / "one.png"), name)
    return str(path)


@pytest.fixture
def labelled(tmp_path):
    """Options for twelve heads with joints, each 2 degrees further to the left than its label."""
    rows = [
        {
            "file": f"{i}.png",
            "yaw_pitch_roll_deg": [yaw - 2, pitch, roll],
            "joints": joints_of((yaw, pitch, roll)),
        }
        for i, (yaw, pitch, roll) in enumerate(ANGLES)
    ]
    rows.append({**rows[0], "file": "lost.png"})
    images = write_pictures(tmp_path, [row["file"] for row in rows[:-1]])
    return [
        "evaluate-heads",
        "--labels",
        write_rows(tmp_path, rows),
        "--images",
        images,
        "--face",
        "off",
    ]


def test_given_joints_need_no_network_and_their_errors_are_told(labelled, tmp_path, capsys):
    output, plot = tmp_path / "out" / "heads.csv", tmp_path / "out" / "heads.png"
    pytest.importorskip("matplotlib")
    files = ["--output", str(output), "--plot", str(plot)]
    status = main([*labelled, "--given-joints", "--model", "no-such-network", *files])
    said, told = capsys.readouterr()
    assert status == 0
    assert "12 heads, 1 pictures unreadable" in said
    assert "12 of 12 heads answered (100.0%)" in said and "100.0% of them by joints" in said
    figures = {
        name: [float(v) for v in values.split()]
        for name, values in re.findall(r"^(MAE|bias) +(.*)$", said, re.M)
    }
    np.testing.assert_allclose(figures["MAE"], (2, 0, 0), atol=0.4)
    np.testing.assert_allclose(figures["bias"], (2, 0, 0), atol=0.4)
    assert "lost.png cannot be read: skipped" in told and "13/13" in told  # of the progress bar
    rows = list(csv.DictReader(output.read_text().splitlines()))
    assert [row["file"] for row in rows] == [f"{i}.png" for i in range(12)]
    for row, (yaw, pitch, roll) in zip(rows, ANGLES):
        assert float(row["true_yaw_deg"]) == yaw - 2
        found = [float(row[f"{name}_deg"]) for name in ("yaw", "pitch", "roll")]
        np.testing.assert_allclose(found, (yaw, pitch, roll), atol=0.5)
    assert cv2.imread(str(plot)).std() > 5


def test_an_output_in_json(labelled, tmp_path):
    assert main([*labelled, "--given-joints", "--output", str(tmp_path / "heads.json")]) == 0
    assert len(json.loads((tmp_path / "heads.json").read_text())) == 12


SIZE = (256, 256)  # of picture and network's input [px]
FACE = find_skeleton("face_32")


def crop_points(angles):
    """(32, 3) what a network of 96 px says of a crop whose face has these angles [deg]."""
    points = np.zeros((32, 3), np.float32)
    points[:, :2], points[:, 2] = 48, 0.5
    for row, point in zip(points, FACE.points):
        if point is not None:
            turned = rotation_from_angles(*np.radians(angles)) @ point
            row[:2] = 48 + 96 / 0.22 * turned[:2]
    return points


@pytest.fixture
def networks(tmp_path):
    """Files of a network that sees somebody who stands, and of one that sees a face turned by 25
    degrees."""
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from constant_network import write_constant_network

    person = standing(20, 20)
    write_constant_network(tmp_path / "body.onnx", maps_of([person], size=(32, 32)), COCO18, SIZE)
    outputs = [crop_points((25, -10, 0)), np.ones(1, np.float32)]
    write_constant_network(tmp_path / "face.onnx", outputs, FACE, (96, 96))
    (tmp_path / "pictures").mkdir()
    cv2.imwrite(str(tmp_path / "pictures" / "a.png"), np.full((*SIZE, 3), 60, np.uint8))
    return [
        "--images",
        str(tmp_path / "pictures"),
        "--model",
        str(tmp_path / "body.onnx"),
        "--backend",
        "onnxruntime",
        "--height",
        "256",
    ]


@pytest.mark.parametrize(
    "which, by, yaw, pitch", [("off", "joints", 0, None), ("face.onnx", "face", 25, -10)]
)
def test_networks_find_the_head_and_its_face(networks, tmp_path, capsys, which, by, yaw, pitch):
    row = {"file": "a.png", "yaw_pitch_roll_deg": [yaw, 0, 0], "box": [100, 45, 40, 30]}
    labels = write_rows(tmp_path, [row])
    model = "off" if which == "off" else str(tmp_path / which)
    output = tmp_path / "heads.json"
    call = ["evaluate-heads", "--labels", labels, *networks, "--face", model]
    assert main([*call, "--output", str(output)]) == 0
    (found,) = json.loads(output.read_text())
    assert found["solved_by"] == by and found["yaw_deg"] == pytest.approx(yaw, abs=3)
    assert pitch is None or found["pitch_deg"] == pytest.approx(pitch, abs=3)
    assert found["eye_px"] == pytest.approx(10, abs=1)
    said = capsys.readouterr().out
    assert f"100.0% of them by {'the face' if by == 'face' else 'joints'}" in said


def test_heads_that_are_not_where_the_label_says_are_no_answer(networks, tmp_path, capsys):
    here = {"file": "a.png", "yaw_pitch_roll_deg": [0, 0, 0], "centre": [120, 58]}
    there = {**here, "centre": [20, 200]}
    both, none = (
        write_rows(tmp_path, rows, name)
        for rows, name in (([here, there], "both.json"), ([there], "none.json"))
    )
    call = ["evaluate-heads", *networks, "--face", "off", "--labels"]
    assert main([*call, both]) == 0
    said = capsys.readouterr().out
    assert "1 of 2 heads answered (50.0%)" in said
    assert "not answered: no head is found there (1)" in said
    assert main([*call, none]) == 1
    assert "none of 1 heads is answered: no head is found there (1)" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options, said",
    [
        (["--output", "x.txt"], "x.txt: expected a name that ends in .json or .csv"),
        (["--plot", "x.jpg"], "x.jpg: expected a name that ends in .png"),
        (["--labels", "none.json"], "none.json does not exist"),
        (["--images", "none.tar"], "none.tar does not exist"),
        (["--images", "labels.json"], "is no folder and no tar file"),
        (["--images", "empty"], "has none of the 13 pictures that the labels name"),
        (["--output", "labels.json"], "labels.json would be overwritten"),
        (["--labels", "plain.json"], "plain.json has no joints; leave --given-joints out"),
        (["--labels", "empty"], "empty holds neither frames of BIWI"),
        (["--face", "none.onnx"], "no model named .*none.onnx"),
    ],
)
def test_what_cannot_be_is_one_line(labelled, tmp_path, capsys, monkeypatch, options, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    write_rows(tmp_path, [{"file": "0.png", "yaw_pitch_roll_deg": [0, 0, 0]}], "plain.json")
    assert main([*labelled, "--given-joints", *options]) == 1
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("pose")]
    assert re.search(said, told[-1]), told


def test_labels_in_a_file_need_the_folder_of_their_images(labelled, capsys):
    assert main([*labelled[:3], "--given-joints"]) == 1
    assert "give --images, the folder or tar file" in capsys.readouterr().err


def test_a_skeleton_without_a_head_is_told(networks, tmp_path, capsys):
    from constant_network import write_constant_network

    other = find_skeleton("submarine")
    maps = [np.zeros((n, 32, 32), np.float32) for n in (other.num_heatmaps, other.num_pafs)]
    write_constant_network(tmp_path / "other.onnx", maps, other, SIZE)
    labels = write_rows(tmp_path, [{"file": "a.png", "yaw_pitch_roll_deg": [0, 0, 0]}])
    call = ["evaluate-heads", "--labels", labels, *networks, "--face", "off"]
    assert main([*call, "--model", str(tmp_path / "other.onnx")]) == 1
    assert "skeleton submarine of" in capsys.readouterr().err

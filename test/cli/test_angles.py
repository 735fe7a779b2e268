"""`pose angles`: landmarks and points with known angles in, the same angles and a picture out."""

import re

import cv2
import numpy as np
import pytest
import yaml

from lightweight_openpose.cli.program import main
from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.head_model import COMMON
from lightweight_openpose.geometry.orientation import rotation_from_angles

SIZE = (640, 480)  # width and height [px]
FOV = 1.1  # rad
PLACE = np.array([0.2, -0.1, 1.4])
FACE = np.vstack([COMMON.points, [[-0.01, 0, -0.11], [0, 0.025, -0.075], [0, -0.025, -0.075]]])
IDEAL = Camera.assumed_for(*SIZE, FOV)
LENS = Camera(
    np.array([[500.0, 0, 330], [0, 505, 235], [0, 0, 1]]), np.array([-0.25, 0.08, 0.001, -0.001, 0])
)


def files(folder, angles, points=FACE, unit=1.0, camera=IDEAL):
    """Landmarks of points turned by angles [deg] at PLACE, and the points in a unit."""
    turned = points @ rotation_from_angles(*np.radians(angles), PLACE).T + PLACE
    landmarks = folder / "landmarks.txt"
    lines = [f"{x:.3f} {y:.3f}" for x, y in camera.project(turned)]
    landmarks.write_text("# x y\n" + "\n".join(lines) + "\n")
    model = folder / "points.yaml"
    model.write_text(yaml.safe_dump({"points": (points * unit).tolist()}))
    return [str(landmarks), "--model", str(model)]


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), np.full((SIZE[1], SIZE[0], 3), 90, np.uint8))
    return path


def numbers(text):
    return [float(v) for v in re.findall(r"(?<= )-?\d[\d.]*(?:e[+-]?\d+)?", text)]


@pytest.mark.parametrize("angles", [(0, 0, 0), (35, -15, 8), (-60, 20, -25), (170, 5, 3)])
@pytest.mark.parametrize("unit", [1.0, 1000.0, 0.01])
def test_the_angles_are_those_that_the_landmarks_were_made_with(
    tmp_path, photo, capsys, angles, unit
):
    call = ["angles", *files(tmp_path, angles, unit=unit), "--image", str(photo)]
    assert main([*call, "--assumed-fov", str(FOV)]) == 0
    found = numbers(capsys.readouterr().out)
    assert found[:3] == pytest.approx(angles, abs=0.3)
    assert found[3:6] == pytest.approx(PLACE * unit, rel=0.02)
    assert found[6] < 0.1


def test_a_calibration_counts_with_its_distortion(tmp_path, capsys):
    calibration = tmp_path / "calibration.yaml"
    calibration.write_text(
        yaml.safe_dump(
            {
                "image_width": SIZE[0],
                "image_height": SIZE[1],
                "distortion_model": "plumb_bob",
                "camera_matrix": {"data": LENS.matrix.ravel().tolist()},
                "distortion_coefficients": {"data": LENS.distortion.tolist()},
            }
        )
    )
    call = ["angles", *files(tmp_path, (20, 10, -5), camera=LENS), "--camera", str(calibration)]
    assert main(call) == 0
    said = capsys.readouterr().out
    assert numbers(said)[:3] == pytest.approx((20, 10, -5), abs=0.2) and "assumed" not in said
    small = tmp_path / "small.png"
    cv2.imwrite(str(small), np.zeros((48, 64, 3), np.uint8))
    assert main([*call, "--image", str(small)]) == 1
    assert "is of images of 640x480 px" in capsys.readouterr().err


def test_the_picture_has_landmarks_and_axes(tmp_path, photo):
    output = tmp_path / "out.png"
    call = ["angles", *files(tmp_path, (30, 0, 0)), "--image", str(photo), "--output", str(output)]
    assert main([*call, "--assumed-fov", str(FOV)]) == 0
    before, after = cv2.imread(str(photo)).astype(int), cv2.imread(str(output)).astype(int)
    changed = np.abs(after - before).max(2) > 20
    (nose,) = IDEAL.project(
        (FACE[:1] @ rotation_from_angles(np.radians(30), 0, 0, PLACE).T + PLACE)
    )
    x, y = nose.astype(int)
    assert changed[y - 2 : y + 3, x - 2 : x + 3].any()
    red = (after[..., 2] > 200) & (after[..., 0] < 120)
    columns = np.flatnonzero(red.any(0))
    # forward, drawn in red, points to the person's left: the right of the picture
    assert columns.max() > x + 5 and changed.mean() < 0.1


@pytest.mark.parametrize(
    "landmarks, points, said",
    [
        (
            "1 2\n3 4\n5 6\n",
            [[0, 0, 0], [0, 1, 0], [0, 0, 1]],
            "has 3 points, at least 4 are needed",
        ),
        ("1 2\n3 4\n", FACE.tolist(), "has 2 landmarks, .* has 8 points: one for each is needed"),
        ("", FACE.tolist(), "has 0 landmarks"),
        ("1 2\nnan 4\n", FACE.tolist(), "line 2: nan 4 is in no image; leave it"),
        ("1 2 3\n", FACE.tolist(), "line 1: expected x and y"),
        ("one two\n", FACE.tolist(), "line 1: expected x and y"),
        ("1 2\n" * 4, [[0, 0, float("nan")]] * 4, "point 1 is not finite"),
        ("1 2\n" * 4, [[0, 0]] * 4, "point 1 is not three numbers"),
        ("1 2\n" * 4, [[float(i), 0, 0] for i in range(4)], "lie on one line"),
        ("1 2\n" * 4, [[1.0, 1, 1]] * 4, "lie on one line"),
        ("1 2\n" * 4, "none", "has no points: expected a list"),
        ("1 2\n" * 7 + "1 -1e300\n", FACE.tolist(), "line 8: 1 -1e300 is in no image"),
        ("4 nan\n", FACE.tolist(), "line 1: 4 nan is in no image"),
        ("9 9\n1 80\n70 3\n50 60\n90 9\n", FACE[:5].tolist(), "do not fit a model"),
    ],
)
def test_bad_input_is_one_line(tmp_path, photo, capsys, landmarks, points, said):
    text = tmp_path / "landmarks.txt"
    text.write_text(landmarks)
    model = tmp_path / "points.yaml"
    model.write_text(yaml.safe_dump({"points": points}))
    assert main(["angles", str(text), "--model", str(model), "--image", str(photo)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(said, line), line


def test_what_is_missing_is_named(tmp_path, photo, capsys):
    call = ["angles", *files(tmp_path, (0, 0, 0))]
    assert main(call) == 1
    assert "give --camera, or --image" in capsys.readouterr().err
    assert main([*call, "--output", "x.png"]) == 1
    assert "--output needs --image" in capsys.readouterr().err
    photo.write_bytes(b"no image")
    assert main([*call, "--image", str(photo)]) == 1
    assert str(photo) in capsys.readouterr().err
    assert main(["angles", str(tmp_path / "none.txt"), *call[2:]]) == 1
    assert "none.txt" in capsys.readouterr().err

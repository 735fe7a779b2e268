"""Labels of heads in JSON and CSV: what they say is kept, what they lack is named."""

import json

import numpy as np
import pytest

from lightweight_openpose.analysis.head_datasets import read_labels
from lightweight_openpose.poses import find_skeleton

ROW = {"file": "a.png", "yaw_pitch_roll_deg": [30, -10, 5]}
FACE = find_skeleton("face_32")


def read(folder, text, name="labels.json"):
    path = folder / name
    path.write_text(text if isinstance(text, str) else json.dumps(text))
    labels, faults = read_labels(path)
    assert faults == []
    return labels


def landmarks(eyes):
    """32 points in a box of 60 x 80 px from (10, 20) on, with the eyes so far apart [px]."""
    points = np.full((32, 2), (40.0, 60.0))
    points[0], points[1] = (10, 20), (70, 100)
    for side, x in (("right", 40 - eyes / 2), ("left", 40 + eyes / 2)):
        for end, aside in (("outer", -4), ("inner", 4)):
            points[FACE.index(f"{side}_eye_{end}")] = (x + aside, 50)
    return points.tolist()


def test_angles_are_degrees_and_a_row_needs_no_more(tmp_path):
    (label,) = read(tmp_path, [ROW])
    assert label.file == "a.png" and label.centre is None and label.joints is None
    np.testing.assert_allclose(np.degrees(label.angles), (30, -10, 5))


@pytest.mark.parametrize(
    "place, centre, size",
    [
        ({"landmarks": landmarks(20)}, (40, 60), 80),
        ({"box": [10, 20, 60, 80]}, (40, 60), 80),
        ({"centre": [40, 60]}, (40, 60), np.nan),
    ],
)
def test_the_head_that_is_meant_has_a_place(tmp_path, place, centre, size):
    (label,) = read(tmp_path, [{**ROW, **place}])
    np.testing.assert_allclose(label.centre, centre)
    np.testing.assert_equal(label.size, size)


JOINTS = [[40, 60, 0.9], [30, 50, 0.8], [54, 50, 0.8], None, [70, None, 0.1]]


@pytest.mark.parametrize(
    "more, eyes",
    [
        ({"landmarks": landmarks(20)}, 20),
        ({"landmarks": landmarks(20), "face_px": 40}, 10),  # the crop is twice as large
        ({"landmarks": landmarks(20), "joints": JOINTS}, 20),
        ({"joints": JOINTS}, 24),
        ({"joints": JOINTS, "box": [0, 0, 50, 80], "face_px": 160}, 48),
        ({"joints": JOINTS, "eye_px": 7}, 7),
        ({"landmarks": [[0, 0], [9, 9]]}, np.nan),
        ({}, np.nan),
    ],
)
def test_the_distance_of_the_eyes_is_that_in_the_photograph(tmp_path, more, eyes):
    (label,) = read(tmp_path, [{**ROW, **more}])
    np.testing.assert_allclose(label.eye_px, eyes)


def test_eyes_of_68_landmarks(tmp_path):
    points = np.zeros((68, 2))
    points[36:42], points[42:48] = (30, 50), (60, 90)
    (label,) = read(tmp_path, [{**ROW, "landmarks": points.tolist()}])
    assert label.eye_px == 50


def test_joints_that_were_not_found_are_nan_with_score_0(tmp_path):
    (label,) = read(tmp_path, [{**ROW, "joints": JOINTS}])
    np.testing.assert_array_equal(label.joints[:3], JOINTS[:3])
    np.testing.assert_array_equal(label.joints[3:], [[np.nan, np.nan, 0]] * 2)


def test_csv_with_and_without_places(tmp_path):
    first, second = read(
        tmp_path, "\ufefffile,yaw,pitch,roll,x,y\na.png,30,-10,5,40,60\nb.png,0,0,1e1,,\n", "a.csv"
    )
    np.testing.assert_allclose(np.degrees(first.angles), (30, -10, 5))
    np.testing.assert_allclose(first.centre, (40, 60))
    np.testing.assert_allclose(np.degrees(second.angles), (0, 0, 10))
    assert second.file == "b.png" and second.centre is None
    (third,) = read(tmp_path, "roll, file, yaw, pitch\n1, c.png, 2, 3\n", "b.csv")
    np.testing.assert_allclose(np.degrees(third.angles), (2, 3, 1))


@pytest.mark.parametrize(
    "rows, said",
    [
        ("{", "labels.json is no JSON"),
        ("[" * 100_000, "labels.json is no JSON"),
        ({"images": []}, "expected a list of rows"),
        ([], "labels.json has no labelled head"),
        ([ROW, 5], "row 1: expected an object"),
        ([{"file": "a.png"}], "row 0 has no 'yaw_pitch_roll_deg'"),
        ([{"yaw_pitch_roll_deg": [0, 0, 0]}], "row 0 has no 'file'"),
        ([{**ROW, "file": "../a.png"}], "leads out of the folder"),
        ([{**ROW, "yaw_pitch_roll_deg": [0, 0]}], "expected 3 finite numbers"),
        ([{**ROW, "yaw_pitch_roll_deg": [0, 0, float("nan")]}], "expected 3 finite numbers"),
        ([{**ROW, "yaw_pitch_roll_deg": 5}], "expected 3 finite numbers"),
        ([{**ROW, "yaw_pitch_roll_deg": [900, 0, 0]}], "are no angles in degrees"),
        ([{**ROW, "box": [1, 2, 3]}], "box: expected 4"),
        ([{**ROW, "centre": ["x", 1]}], "centre"),
        ([{**ROW, "landmarks": [[1]]}], "a landmark: expected 2"),
        ([{**ROW, "landmarks": 5}], "row 0"),
        ([{**ROW, "joints": [None] * 4}], "4 joints, expected 5: nose"),
        ([{**ROW, "joints": [[1, 2]] * 5}], "a joint: expected 3"),
    ],
)
def test_bad_json_is_one_line_that_names_the_row(tmp_path, rows, said):
    with pytest.raises(ValueError, match="labels.json") as error:
        read(tmp_path, rows)
    assert said in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "has no column file, yaw, pitch, roll"),
        ("file,yaw\na,1\n", "has no column pitch, roll"),
        ("file,yaw,pitch,roll\n", "has no labelled head"),
        ("file,yaw,pitch,roll\na,1,2\n", "line 2: yaw, pitch, roll: expected 3 finite"),
        ("file,yaw,pitch,roll\na,1,2,x\n", "line 2"),
        ("file,yaw,pitch,roll\n,1,2,3\n", "line 2"),
        ("file,yaw,pitch,roll,x,y\na,1,2,3,left,4\n", "line 2: x and y"),
    ],
)
def test_bad_csv_is_one_line_that_names_the_line(tmp_path, text, said):
    with pytest.raises(ValueError, match="a.csv") as error:
        read(tmp_path, text, "a.csv")
    assert said in str(error.value)


def test_bytes_that_are_no_text_are_told(tmp_path):
    for name in ("a.json", "a.csv"):
        (tmp_path / name).write_bytes(b"\xff\xfe\x00\x01")
        with pytest.raises(ValueError, match=name):
            read_labels(tmp_path / name)

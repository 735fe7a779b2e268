"""Figures of head angles against answers that are known, and which head in a picture is meant."""

import csv
import json

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from lightweight_openpose.analysis.head_answers import HeadAnswer, HeadFinder
from lightweight_openpose.analysis.head_errors import HeadErrors, rows_of, table, write_rows
from lightweight_openpose.analysis.head_labels import HeadLabel
from lightweight_openpose.analysis.label_rows import answer_labels
from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.head import HEAD_INDICES
from lightweight_openpose.geometry.orientation import Orientation, angles_of, rotation_from_angles
from lightweight_openpose.geometry.rotations import matrix_of
from lightweight_openpose.poses import COCO18, Pose
from lightweight_openpose.poses.pose import missing_keypoints
from people import Sees, face, standing

FOV = 1.0
CAMERA = Camera.assumed_for(640, 480, FOV)
PICTURE = np.zeros((480, 640, 3), np.uint8)


def answer(true, found=None, deviation=(2, 2, 2), joints=5, eye_px=20.0):
    """True and found yaw, pitch, roll [deg]; None: no answer."""
    label = HeadLabel("a.png", np.radians(true))
    if found is None:
        return HeadAnswer(label, None, "it is dark", eye_px)
    head = Orientation(
        np.eye(3), np.ones(3), *np.radians(found), 0.5, joints, tuple(np.radians(deviation))
    )
    return HeadAnswer(label, head, "", eye_px)


ANSWERS = [
    answer((0, 0, 0), (3, -1, 0)),
    answer((20, 0, 0), (21, 5, 0), joints=20),
    answer((-40, 10, 0), (-45, 10, 0), eye_px=40.0),
    answer((50, -10, 0)),
]


def test_errors_have_the_signs_and_sizes_of_found_less_true():
    errors = HeadErrors.of(ANSWERS)
    np.testing.assert_allclose(errors.errors[:3], [(3, -1, 0), (1, 5, 0), (-5, 0, 0)], atol=1e-9)
    assert errors.answered.tolist() == [True, True, True, False]
    assert errors.solved_by == ["joints", "face", "joints", ""]
    tilted = 5 * np.cos(np.radians(10))
    np.testing.assert_allclose(errors.geodesic[[0, 2]], [np.hypot(3, 1), tilted], atol=0.1)
    # the errors are 3, 1, 5 and 1, 5, 0 stated deviations of 2
    np.testing.assert_allclose(errors.within(1), [1 / 3, 2 / 3, 1])
    np.testing.assert_allclose(errors.within(2), [2 / 3, 2 / 3, 1])
    expected = np.corrcoef([0, 20, -40], [3, 21, -45])[0, 1]
    np.testing.assert_allclose(errors.correlation()[0], expected)
    assert np.isnan(errors.correlation()[2])  # no roll varies


def test_the_difference_of_angles_goes_the_short_way():
    errors = HeadErrors.of([answer((0, 0, 175), (0, 0, -178))])
    np.testing.assert_allclose(errors.errors, [(0, 0, 7)], atol=1e-9)
    np.testing.assert_allclose(errors.geodesic, 7, atol=1e-9)


def test_the_geodesic_error_is_the_angle_of_one_turn():
    true = (50, 25, -20)
    turn = matrix_of(Rotation.from_rotvec(np.radians(12) * np.array([2, -1, 2]) / 3))
    turned = rotation_from_angles(*np.radians(true)) @ turn
    found = np.degrees(angles_of(turned, np.array([0, 0, 1.0])))
    np.testing.assert_allclose(HeadErrors.of([answer(true, found)]).geodesic, 12, atol=1e-6)


def test_deviations_that_are_not_known_do_not_count():
    unknown = answer((0, 0, 0), (9, 9, 9), [np.nan] * 3)
    errors = HeadErrors.of([answer((0, 0, 0), (1, 1, 9)), unknown])
    np.testing.assert_allclose(errors.within(1), (1, 1, 0))
    assert np.isnan(HeadErrors.of([unknown]).within(1)).all()


def lines_of(text):
    return [line.split() for line in text.splitlines()]


def test_the_table_has_each_figure():
    lines = lines_of(table(HeadErrors.of(ANSWERS)))
    assert lines[0][:5] == ["3", "of", "4", "heads", "answered"] and "(75.0%):" in lines[0]
    assert "33.3% of them by the face, 66.7% of them by joints" in " ".join(lines[0])
    assert ["MAE", "3.00", "2.00", "0.00"] in lines
    assert ["bias", "-0.33", "+1.33", "+0.00"] in lines
    assert ["median", "3.00", "1.00", "0.00"] in lines
    assert ["within", "1", "stddev", "33.3%", "66.7%", "100.0%"] in lines
    assert ["30-45", "1", "100.0%", "5.00", "0.00", "0.00", "-5.00", "+0.00", "+0.00"] in lines
    assert ["45-70", "1", "0.0%", *"------"] in lines
    assert [line[0] for line in lines if line and line[0] in ("15-30", "70+")] == ["15-30"]
    assert ["32+", "1", "100.0%", "5.00", "0.00", "0.00", "-5.00", "+0.00", "+0.00"] in lines
    assert ["16-32", "3", "66.7%", "2.00", "3.00", "0.00", "+2.00", "+2.00", "+0.00"] in lines


def test_heads_of_unknown_size_are_in_no_class_of_size():
    text = table(HeadErrors.of([answer((0, 0, 0), (1, 1, 1), eye_px=np.nan)]))
    assert "eyes" not in text and "|yaw|" in text


@pytest.mark.parametrize("suffix", [".json", ".csv"])
def test_a_file_has_a_line_per_head(tmp_path, suffix):
    path = tmp_path / f"heads{suffix}"
    write_rows(ANSWERS, path)
    if suffix == ".json":
        rows = json.loads(path.read_text())
        assert len(path.read_text().splitlines()) == 4 + 2  # and the brackets
        assert rows == list(rows_of(ANSWERS)) and rows[3]["yaw_deg"] is None
    else:
        rows = list(csv.DictReader(path.read_text().splitlines()))
        assert rows[3]["yaw_deg"] == "" and rows[3]["answered"] == "False"
    assert len(rows) == 4 and rows[3]["reason"] == "it is dark"
    first = {name: float(rows[0][name]) for name in rows[0] if name.endswith("_deg")}
    assert first == {
        "true_yaw_deg": 0,
        "true_pitch_deg": 0,
        "true_roll_deg": 0,
        "yaw_deg": 3,
        "pitch_deg": -1,
        "roll_deg": 0,
        "stddev_yaw_deg": 2,
        "stddev_pitch_deg": 2,
        "stddev_roll_deg": 2,
    }
    assert rows[1]["solved_by"] == "face"


LEFT = face((20, 0, 0), (-0.4, 0, 1.2), CAMERA)
RIGHT = face((-30, 5, 0), (0.4, 0, 0.9), CAMERA)  # nearer, so that its head is larger


def middle(keypoints):
    return keypoints[list(HEAD_INDICES), :2].mean(0)


@pytest.mark.parametrize(
    "place, yaw",
    [
        ({"centre": middle(LEFT) + 4}, 20),
        ({"centre": middle(RIGHT) - 4}, -30),
        ({}, -30),
        ({"centre": middle(LEFT) + (20, 0), "size": 100.0}, 20),
        ({"centre": middle(LEFT) + (20, 0), "size": 30.0}, None),
        ({"centre": np.array([320.0, 400])}, None),
    ],
)
def test_the_head_that_is_meant_is_the_nearest_or_the_largest(place, yaw):
    finder = HeadFinder(Sees(LEFT, missing_keypoints(18), RIGHT), None, "", 368, FOV)
    found = finder(HeadLabel("a.png", np.zeros(3), **place), PICTURE)
    if yaw is None:
        assert found.head is None and found.reason == "no head is found there"
    else:
        assert np.degrees(found.head.yaw) == pytest.approx(yaw, abs=0.5)
        assert found.solved_by == "joints" and found.eye_px > 10


def test_a_picture_with_two_labels_goes_through_the_network_once():
    estimator = Sees(LEFT, RIGHT)
    finder = HeadFinder(estimator, None, "", 368, FOV)
    for file in ("a.png", "a.png", "b.png"):
        finder(HeadLabel(file, np.zeros(3)), PICTURE)
    assert len(estimator.pictures) == 2


class SeesTheWhite:
    """An estimator that finds all joints of a head in the middle of what is white."""

    skeleton = COCO18

    def infer(self, image, input_height):
        self.image, self.input_height = image, input_height
        return image

    def decode(self, image):
        ys, xs = np.nonzero(image[..., 1] > 200)
        keypoints = standing(-100, -40, size=0.001)
        keypoints[:, :2] = (xs.mean(), ys.mean())
        return [Pose(keypoints, 0.9)]


@pytest.mark.parametrize("size, shape", [(90.0, (128, 96)), (20.0, (48, 48)), (np.nan, (128, 128))])
def test_a_crop_is_seen_on_grey_with_a_face_of_thirty_pixels(size, shape):
    crop = np.zeros((*shape, 3), np.uint8)
    crop[20:32, 16:28] = 255  # its middle is (21.5, 25.5)
    estimator = SeesTheWhite()
    finder = HeadFinder(estimator, None, "", 368, FOV)
    (pose,) = finder._poses(HeadLabel("a.png", np.zeros(3), None, size), crop)
    np.testing.assert_allclose(pose.keypoints[0, :2], (21.5, 25.5), atol=0.7)
    assert estimator.image.shape == (256, 256, 3) and estimator.input_height == 256
    assert (estimator.image[0] == 128).all() and (estimator.image[-1] == 128).all()
    rows = np.flatnonzero((estimator.image != 128).any((1, 2)))
    face_px = 0.55 * min(shape) if np.isnan(size) else size
    assert len(rows) == pytest.approx(shape[0] * 30 / face_px, abs=1)


@pytest.mark.parametrize("angles", [(0, 0, 0), (40, -10, 5), (-55, 15, -10)])
def test_a_crop_is_solved_as_in_the_middle_of_a_picture(angles):
    """The same angles at the edge of what a network sees would be other ones."""
    seen = Camera.assumed_for(368, 368, FOV)
    keypoints = face(angles, (0, 0, 0.15 * seen.matrix[0, 0] / 30), seen)
    joints = keypoints[list(HEAD_INDICES)].astype(float)
    joints[:, :2] = (joints[:, :2] - 183.5) * 3 + 63.5  # a face of 90 px in a crop of 128
    label = HeadLabel("a.png", np.radians(angles), None, 90.0, joints=joints)
    finder = HeadFinder(None, None, "", 368, FOV, given_joints=True)
    found = finder(label, np.zeros((128, 128, 3), np.uint8))
    assert found.head is not None, found.reason
    np.testing.assert_allclose(HeadErrors.of([found]).errors, 0, atol=0.5)


class Pictures:
    path = "the folder"

    def read(self, name):
        return None if name == "bad.png" else PICTURE


def test_pictures_that_cannot_be_read_are_named_once():
    finder = HeadFinder(Sees(LEFT), None, "", 368, FOV)
    labels = [HeadLabel(name, np.zeros(3)) for name in ("a.png", "bad.png", "bad.png")]
    answers, unreadable = answer_labels(finder, labels, Pictures())
    assert len(answers) == 1 and unreadable == ["bad.png"]
    with pytest.raises(ValueError, match="the folder has none of the 1 pictures"):
        answer_labels(finder, labels[1:], Pictures())


def test_the_plot_has_a_point_per_answer(tmp_path):
    pytest.importorskip("matplotlib")
    from lightweight_openpose.analysis.head_plot import figure, write

    errors = HeadErrors.of(ANSWERS)
    axes = figure(errors).axes
    drawn = [np.column_stack(line.get_data()) for line in axes[0].lines]
    points = np.vstack([line for line in drawn if (line[:, 1] != 0).any()])  # without the zero line
    assert sorted(map(tuple, points.round(6).tolist())) == [(-40, -5), (0, 3), (20, 1)]
    write(errors, tmp_path / "a.png")
    assert cv2.imread(str(tmp_path / "a.png")).std() > 5

"""Data sets of heads: files made from known rotations, as their documents say, and read back."""

import itertools

import numpy as np
import pytest
from scipy.io import savemat
from scipy.spatial.transform import Rotation

from lightweight_openpose.analysis.head_answers import HeadFinder
from lightweight_openpose.analysis.head_datasets import read_labels, rotation_of_300w
from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.orientation import rotation_from_angles
from lightweight_openpose.geometry.rotations import matrix_of, rotation_of
from people import Sees, face

GRID = list(itertools.product((-60, -20, 0, 20, 60), (-30, 0, 30), (-25, 0, 25)))
FRONTAL = rotation_from_angles(0, 0, 0)
MATRIX = np.array([[520.0, 0, 320], [0, 520, 240.5], [0, 0, 1]])
# From the frame of the depth camera to that of the colour camera.
TURN = matrix_of(Rotation.from_euler("xyz", [0.01, -0.02, 0.03]))
SHIFT = np.array([-24.0, 6, -13])  # mm


def text_of(rows):
    return "".join(" ".join(f"{v:.7g}" for v in row) + " \n" for row in rows)


def write_biwi(folder, rotation, centre, frame=3):
    """A frame with a head: rotation (3, 3) by the data set's axes, centre (3,) [mm], both in the
    frame of the depth camera."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rgb.cal").write_text(
        f"{text_of(MATRIX)}\n0 0 0 0 \n\n{text_of(TURN)}\n{text_of([SHIFT])}\n640 480\n"
    )
    path = folder / f"frame_{frame:05d}_pose.txt"
    path.write_text(f"{text_of(rotation)}\n{text_of([centre])}")
    return path


def test_a_head_of_biwi_that_the_package_places_is_read_back(tmp_path):
    position = np.array([0.2, -0.1, 0.9])  # [m] in the colour camera's frame
    for i, angles in enumerate(GRID):
        ours = rotation_from_angles(*np.radians(angles), position)
        centre = TURN.T @ (position * 1000 - SHIFT)
        write_biwi(tmp_path / "01", TURN.T @ ours @ FRONTAL.T, centre, i)
    labels, faults = read_labels(tmp_path)
    assert len(labels) == len(GRID) and faults == []
    for i, (angles, label) in enumerate(zip(GRID, labels)):
        assert label.file == f"01/frame_{i:05d}_rgb.png"
        np.testing.assert_allclose(np.degrees(label.angles), angles, atol=0.01)
        np.testing.assert_allclose(label.centre, (320 + 520 * 2 / 9, 240.5 - 520 / 9), atol=0.01)


# A turn about an axis of the depth camera, and what it makes of a face that looked into it: about
# y (down) the nose goes to the left of the image, about x (right) down, and about z the top of the
# head goes to the right of the image, which is the person's own left.
@pytest.mark.parametrize("axis, ours", [("y", (-20, 0, 0)), ("x", (0, 20, 0)), ("z", (0, 0, -20))])
def test_turns_of_biwi_mean_what_their_axes_say(tmp_path, axis, ours):
    straight = TURN.T @ (np.array([0, 0, 900.0]) - SHIFT)
    turn = TURN.T @ matrix_of(Rotation.from_euler(axis, np.radians(20)))
    write_biwi(tmp_path, turn, straight)
    (label,) = read_labels(tmp_path)[0]
    np.testing.assert_allclose(np.degrees(label.angles), ours, atol=0.01)


@pytest.mark.parametrize("angles", [(0, 0, 0), (35, -15, 10), (-50, 20, -5)])
def test_a_head_of_biwi_is_solved_for_with_its_own_camera(tmp_path, angles):
    position = np.array([-0.15, 0.05, 0.8])
    ours = rotation_from_angles(*np.radians(angles), position)
    write_biwi(tmp_path, TURN.T @ ours @ FRONTAL.T, TURN.T @ (position * 1000 - SHIFT))
    (label,) = read_labels(tmp_path)[0]
    camera = Camera(MATRIX)
    estimator = Sees(face(angles, (0.3, 0, 1.0), camera), face(angles, position, camera))
    finder = HeadFinder(estimator, None, "", 368, 2.0)
    answer = finder(label, np.zeros((480, 640, 3), np.uint8))
    np.testing.assert_allclose(answer.head.translation, position, atol=0.02)
    found = (answer.head.yaw, answer.head.pitch, answer.head.roll)
    np.testing.assert_allclose(found, label.angles, atol=np.radians(0.5))


@pytest.mark.parametrize(
    "harm, said",
    [
        (lambda path: path.write_text("1 0 0\n0 1 0\n"), "three rows of a rotation"),
        (lambda path: path.write_text("1 0 0\n0 1 0\n0 0 2\n0 0 900\n"), "no rotation"),
        (lambda path: path.write_text("1 0 0\n0 1 0\n0 0 -1\n0 0 900\n"), "no rotation"),
        (lambda path: path.write_text("1 0 0\n0 1 0\n0 0 1\n0 0 -900\n"), "behind the camera"),
        (
            lambda path: path.write_text("1 0 x\n0 1 0\n0 0 1\n0 0 900\n"),
            "expected 3 finite numbers",
        ),
        (lambda path: path.with_name("rgb.cal").unlink(), "rgb.cal"),
        (lambda path: path.with_name("rgb.cal").write_text("1 0 0\n"), "rgb.cal lacks"),
        (
            lambda path: path.with_name("rgb.cal").write_text(text_of([*-MATRIX, *TURN, SHIFT])),
            "no positive focal length",
        ),
    ],
)
def test_a_bad_frame_of_biwi_is_left_out_and_named(tmp_path, harm, said):
    write_biwi(tmp_path / "good", np.eye(3), (0, 0, 900))
    harm(write_biwi(tmp_path / "bad", np.eye(3), (0, 0, 900)))
    labels, (fault,) = read_labels(tmp_path)
    assert [label.file for label in labels] == ["good/frame_00003_rgb.png"]
    assert fault.startswith("bad/frame_00003_pose.txt: ") and said in fault


def matrix_of_300w(pitch, yaw, roll):
    """The rotation that the code that comes with 300W-LP makes of its angles [rad]."""
    c, s = np.cos, np.sin
    about_x = np.array([[1, 0, 0], [0, c(pitch), s(pitch)], [0, -s(pitch), c(pitch)]])
    about_y = np.array([[c(yaw), 0, -s(yaw)], [0, 1, 0], [s(yaw), 0, c(yaw)]])
    about_z = np.array([[c(roll), s(roll), 0], [-s(roll), c(roll), 0], [0, 0, 1]])
    return about_x @ about_y @ about_z


def test_a_face_of_300w_is_seen_where_its_own_code_puts_it():
    """Points x to the person's left, y up, z out of the face; the image's y is down."""
    points = np.random.default_rng(0).normal(size=(20, 3))
    ours = points[:, [2, 0, 1]]  # forward, left, up
    for angles in np.radians(GRID):
        theirs = points @ matrix_of_300w(*angles).T * (1, -1, -1)
        np.testing.assert_allclose(ours @ rotation_of_300w(*angles).T, theirs, atol=1e-12)


@pytest.mark.parametrize(
    "pose, ours",
    [
        ((20, 0, 0), (0, -20, 0)),
        ((0, 20, 0), (-20, 0, 0)),
        ((0, 0, 20), (0, 0, -20)),
    ],
)
def test_signs_of_300w_are_the_opposite_of_ours(tmp_path, pose, ours):
    (label,) = read_labels(write_mat(tmp_path, np.radians(pose)))[0]
    np.testing.assert_allclose(np.degrees(label.angles), ours, atol=1e-4)


def write_mat(folder, pitch_yaw_roll, name="image1", **fields):
    folder.mkdir(parents=True, exist_ok=True)
    pose = np.array([[*pitch_yaw_roll, 200, 250, -60, 0.001]], np.float32)
    savemat(str(folder / f"{name}.mat"), {"Pose_Para": pose, **fields})
    (folder / f"{name}.jpg").write_bytes(b"a picture")
    return folder


def test_a_head_of_300w_that_the_package_places_is_read_back(tmp_path):
    for i, angles in enumerate(GRID):
        theirs = np.diag([1.0, -1, -1]) @ rotation_from_angles(*np.radians(angles))
        turn = rotation_of(theirs[:, [1, 2, 0]])  # columns: its axes x, y, z
        write_mat(tmp_path, -turn.as_euler("XYZ"), f"{i:02d}")
    labels, faults = read_labels(tmp_path)
    assert faults == [] and len(labels) == len(GRID) and labels[7].file == "07.jpg"
    for angles, label in zip(GRID, labels):
        np.testing.assert_allclose(np.degrees(label.angles), angles, atol=1e-3)


def test_landmarks_of_a_mat_say_where_the_head_is(tmp_path):
    points = np.zeros((3, 68))
    points[:2] = np.random.default_rng(0).uniform(150, 190, (2, 68))
    points[:2, 0], points[:2, 1] = (100, 120), (300, 220)
    points[:2, 36:42], points[:2, 42:48] = [[170], [160]], [[230], [160]]
    write_mat(tmp_path, (0, 0, 0), "a", pt3d_68=points)
    hidden = np.array([[50.0, -1, 90, -1], [60, -1, 140, -1]])
    write_mat(tmp_path, (0, 0, 0), "b", pt2d=hidden)
    write_mat(tmp_path, (0, 0, 0), "c")
    with_68, with_hidden, without = read_labels(tmp_path)[0]
    np.testing.assert_allclose(with_68.centre, (200, 170))
    assert with_68.size == 200 and with_68.eye_px == 60
    np.testing.assert_allclose(with_hidden.centre, (70, 100))
    assert with_hidden.size == 80 and np.isnan(with_hidden.eye_px)
    assert without.centre is None


def test_a_bad_mat_is_left_out_and_named(tmp_path):
    write_mat(tmp_path, (0, 0, 0), "good")
    write_mat(tmp_path, (0, np.nan, 0), "nan")
    whole = (tmp_path / "good.mat").read_bytes()
    harmed = {"cut": whole[:150], "text": b"no mat" * 50, "huge": whole + bytes(10**6)}
    for name, data in harmed.items():
        (tmp_path / f"{name}.mat").write_bytes(data)
        (tmp_path / f"{name}.jpg").write_bytes(b"a picture")
    savemat(str(tmp_path / "other.mat"), {"x": 1})
    (tmp_path / "other.jpg").write_bytes(b"a picture")
    (tmp_path / "alone.mat").write_bytes(whole)  # no picture beside it: no label
    labels, faults = read_labels(tmp_path)
    assert [label.file for label in labels] == ["good.jpg"]
    assert [fault.split(":")[0] for fault in faults] == [
        f"{name}.mat" for name in ("cut", "huge", "nan", "other", "text")
    ]


def test_a_folder_of_neither_is_told(tmp_path):
    with pytest.raises(ValueError, match="holds neither frames of BIWI"):
        read_labels(tmp_path)
    (tmp_path / "a.mat").write_bytes(b"no mat")
    (tmp_path / "a.png").write_bytes(b"a picture")
    with pytest.raises(ValueError, match="has no labelled head: a.mat: "):
        read_labels(tmp_path)

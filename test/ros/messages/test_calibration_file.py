"""Calibrations as camera_calibration writes them; needs ROS."""

import numpy as np
import pytest

pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
from sensor_msgs.msg import CameraInfo

from lightweight_openpose.geometry.lenses import PINHOLE
from lightweight_openpose.ros.messages.calibration_file import (
    check_calibration,
    read_calibration,
    write_calibration,
)
from lightweight_openpose.ros.messages.camera_info import camera_of
from lightweight_openpose.ros.messages.validation import BadMessage

CALIBRATION = """image_width: 640
image_height: 480
camera_name: test
camera_matrix: {rows: 3, cols: 3, data: [500, 0, 320, 0, 510, 240, 0, 0, 1]}
distortion_model: plumb_bob
distortion_coefficients: {rows: 1, cols: 5, data: [0.1, 0, 0, 0, 0]}
rectification_matrix: {rows: 3, cols: 3, data: [1, 0, 0, 0, 1, 0, 0, 0, 1]}
projection_matrix: {rows: 3, cols: 4, data: [400, 0, 320, 0, 0, 400, 240, 0, 0, 0, 1, 0]}
"""
# As cameracalibrator.py lays it out: rounded, broken over lines, the coefficients in "%8f".
OF_THE_CALIBRATOR = """image_width: 1280
image_height: 720
camera_name: narrow_stereo
camera_matrix:
  rows: 3
  cols: 3
  data: [ 931.12345,    0.     ,  640.5    ,
            0.     ,  930.54321,  360.25   ,
            0.     ,    0.     ,    1.     ]
distortion_model: rational_polynomial
distortion_coefficients:
  rows: 1
  cols: 8
  data: [0.123456, -0.250000, 0.000100, -0.000200, 0.050000, 0.100000, -0.010000, 0.001000]
rectification_matrix:
  rows: 3
  cols: 3
  data: [ 1.,  0.,  0.,
          0.,  1.,  0.,
          0.,  0.,  1.]
projection_matrix:
  rows: 3
  cols: 4
  data: [ 940.     ,    0.     ,  641.     ,    0.     ,
            0.     ,  939.     ,  361.     ,    0.     ,
            0.     ,    0.     ,    1.     ,    0.     ]
"""
NUMBERS = {"plumb_bob": 5, "rational_polynomial": 8, "equidistant": 4}


def calibration(model="plumb_bob", **changes):
    rng = np.random.default_rng(3)
    info = CameraInfo(width=640, height=480, distortion_model=model)
    info.D = list(rng.normal(0, 0.1, NUMBERS[model]))
    info.K = [501.1234567890123, 0, 319.9, 0, 502.2, 241.1, 0, 0, 1]
    info.R = list(np.linalg.qr(rng.normal(size=(3, 3)))[0].ravel())
    info.P = [480.5, 0, 318.25, -12.5, 0, 481.5, 242.75, 1e-7, 0, 0, 1, 0]
    for field, value in changes.items():
        setattr(info, field, value)
    return info


@pytest.mark.parametrize("model", NUMBERS)
def test_every_model_makes_the_round_trip_to_the_last_digit(tmp_path, model):
    path = tmp_path / "new" / "camera.yaml"
    info = calibration(model)
    write_calibration(str(path), info, "left_eye")
    back, name = read_calibration(str(path))
    assert (back, name) == (info, "left_eye")
    assert [p.name for p in path.parent.iterdir()] == ["camera.yaml"]


def test_what_the_calibrator_writes_is_read_and_written_alike(tmp_path):
    path = tmp_path / "camera.yaml"
    path.write_text(OF_THE_CALIBRATOR)
    info, name = read_calibration(str(path))
    assert (info.width, info.height, name) == (1280, 720, "narrow_stereo")
    assert info.D[:2] == [0.123456, -0.25] and info.K[4] == 930.54321 and info.P[6] == 361
    write_calibration(str(path), info, name)
    assert path.read_text().splitlines()[:8] == [
        "image_width: 1280",
        "image_height: 720",
        "camera_name: narrow_stereo",
        "distortion_model: rational_polynomial",
        "distortion_coefficients:",
        "  rows: 1",
        "  cols: 8",
        "  data: [0.123456, -0.25, 0.0001, -0.0002, 0.05, 0.1, -0.01, 0.001]",
    ]
    assert read_calibration(str(path)) == (info, name)


def test_calibration_is_read_scaled_and_rectified(tmp_path):
    path = tmp_path / "camera.yaml"
    path.write_text(CALIBRATION)
    info, _ = read_calibration(str(path))
    camera = camera_of(info, 480, 640, 1.0, rectified=False)
    assert (camera.matrix[0, 0], camera.matrix[1, 1]) == (500, 510)
    assert camera.distortion[0] == 0.1 and not camera.assumed
    half = camera_of(info, 240, 320, 1.0, rectified=False)
    assert (half.matrix[0, 0], half.matrix[1, 2]) == (250, 120)
    rectified = camera_of(info, 480, 640, 1.0, rectified=True)
    assert rectified.matrix[0, 0] == 400 and not rectified.distortion.any()


def test_a_fisheye_is_no_pinhole(tmp_path):
    path = tmp_path / "camera.yaml"
    fisheye = CALIBRATION.replace("plumb_bob", "equidistant")
    path.write_text(fisheye.replace("0.1, 0, 0, 0, 0", "0, 0, 0, 0"))
    info, _ = read_calibration(str(path))
    at_45_degrees = camera_of(info, 480, 640, 1.0, rectified=False).project(np.array([[1.0, 0, 1]]))
    assert at_45_degrees[0] == pytest.approx((320 + 500 * np.pi / 4, 240))
    assert camera_of(info, 480, 640, 1.0, rectified=True).lens is PINHOLE


def test_without_rectification_it_is_a_single_camera(tmp_path):
    path = tmp_path / "camera.yaml"
    path.write_text("\n".join(CALIBRATION.splitlines()[:6]))
    info, _ = read_calibration(str(path))
    assert info.R == [1, 0, 0, 0, 1, 0, 0, 0, 1]
    assert info.P == [500, 0, 320, 0, 0, 510, 240, 0, 0, 0, 1, 0]


@pytest.mark.parametrize(
    "text, words",
    [
        ("camera_matrix: {}", "no field 'image_width'"),
        ("[", "no camera_info_manager"),
        ("[1, 2]", "no camera_info_manager"),
        ("", "no camera_info_manager"),
        ("[" * 1200, "no camera_info_manager"),
        ("a: \xff\xfe", "no camera_info_manager"),
        (CALIBRATION.replace("510, ", ""), "camera_matrix has 8 numbers"),
        (CALIBRATION.replace("640", "-1", 1), "image of -1x480"),
        (CALIBRATION.replace("640", "0", 1), "image of 0x480"),
        (CALIBRATION.replace("640", str(10**12), 1), "image of 1000000000000x480"),
        (CALIBRATION.replace("640", ".inf", 1), "infinity"),
        (CALIBRATION.replace("640", "[640]", 1), "no camera_info_manager"),
        (CALIBRATION.replace("plumb_bob", "5"), "distortion_model is 5, expected a name"),
        (CALIBRATION.replace("plumb_bob", "[plumb_bob]"), "distortion_model is"),
        (CALIBRATION.replace("0.1, 0,", ".nan, 0,"), "not finite"),
        (CALIBRATION.replace("[0.1, 0, 0, 0, 0]", "[0.1, 0.1, 0.1]"), "3 coefficients of"),
        (CALIBRATION.replace("[0.1, 0, 0, 0, 0]", "null"), "no camera_info_manager"),
        (CALIBRATION.replace("500", ".inf"), "not finite"),
        (CALIBRATION.replace("500", "1.0e+300"), "focal lengths 1e"),
        (CALIBRATION.replace("500", "0"), "K has no positive focal length"),
        (CALIBRATION.replace("[500, 0, 320, 0, 510, 240, 0, 0, 1]", str([0] * 9)), "is 0"),
        (CALIBRATION.replace("500", "1"), "a focal length of 1 px, an opening angle of 179.6"),
        (CALIBRATION.replace("500", "-500"), "focal lengths -500"),
        (CALIBRATION.replace("500", "!!python/object/apply:os.getcwd []"), "could not determine"),
    ],
)
def test_broken_calibrations_are_named_in_one_line(tmp_path, text, words):
    path = tmp_path / "camera.yaml"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(ValueError, match=words) as error:
        read_calibration(str(path))
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_what_is_no_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_calibration(str(tmp_path / "none.yaml"))
    with pytest.raises(ValueError, match="cannot be read"):
        read_calibration(str(tmp_path))
    with pytest.raises(ValueError, match="no camera_info_manager"):
        read_calibration("/dev/zero")


@pytest.mark.parametrize(
    "changes",
    [
        dict(D=[0.1] * 3),
        dict(K=[1, 0, 320, 0, 1, 240, 0, 0, 1]),
        dict(K=[1, 0, 0, 0, 1, 0, 0, 0, 1]),
        dict(D=[1e400]),
        dict(K=[float("nan")] * 9),
        dict(K=[0.0] * 9),
        dict(width=0),
    ],
)
def test_a_message_that_is_no_calibration_is_refused(changes):
    check_calibration(calibration())
    with pytest.raises(BadMessage):
        check_calibration(calibration(**changes))

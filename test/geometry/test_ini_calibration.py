"""Calibrations in the INI form, as camera_calibration_parsers and cameracalibrator.py write it."""

import numpy as np
import pytest

from lightweight_openpose.geometry.camera_file import read_calibration, read_camera

INI = """# oST version 5.0 parameters


[image]

width
640

height
480

[narrow_stereo/left]

camera matrix
500.100000 0.000000 320.500000
0.000000 510.200000 240.250000
0.000000 0.000000 1.000000

distortion
0.100000 -0.200000 0.001000 -0.002000 0.000000

rectification
1.000000 0.000000 0.000000
0.000000 1.000000 0.000000
0.000000 0.000000 1.000000

projection
400.000000 0.000000 321.000000 -40.000000
0.000000 410.000000 241.000000 0.000000
0.000000 0.000000 1.000000 0.000000

[externals]

translation
0 0 0
"""


def write(tmp_path, text, name="camera.ini"):
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("name", ["camera.ini", "ost.txt", "camera.yaml"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_form_is_told_by_what_the_file_holds(tmp_path, name, end):
    found = read_calibration(write(tmp_path, INI.replace("\n", end), name))
    assert (found.name, found.width, found.height) == ("narrow_stereo/left", 640, 480)
    assert found.model == "plumb_bob" and found.distortion == [0.1, -0.2, 0.001, -0.002, 0]
    assert found.matrix == [500.1, 0, 320.5, 0, 510.2, 240.25, 0, 0, 1]
    assert found.rectification == np.eye(3).ravel().tolist()
    assert found.projection == [400, 0, 321, -40, 0, 410, 241, 0, 0, 0, 1, 0]
    camera, size = read_camera(write(tmp_path, INI, name))
    assert size == (640, 480) and camera.matrix[1, 1] == 510.2


def test_eight_coefficients_are_rational(tmp_path):
    text = INI.replace("-0.002000 0.000000\n", "-0.002 0 0.1 0.2 0.3\n")
    found = read_calibration(write(tmp_path, text))
    assert found.model == "rational_polynomial" and len(found.distortion) == 8


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("width\n640\n", "", "has no field 'width'"),
        ("camera matrix", "camera", "has no field 'camera_matrix'"),
        ("500.100000 ", "", "camera_matrix has 8 numbers, expected 9"),
        ("500.100000", "5oo", "could not convert string to float: '5oo'"),
        ("640\n", "640 480\n", "is no camera_info_manager file"),
    ],
)
def test_what_such_a_file_lacks_is_named(tmp_path, old, new, words):
    with pytest.raises(ValueError, match="calibration .*camera.ini " + ".*" + words):
        read_calibration(write(tmp_path, INI.replace(old, new)))

"""What counts as a calibration, under which names and with how many coefficients."""

import numpy as np
import pytest

from lightweight_openpose.geometry.camera import Camera, flaw_of
from lightweight_openpose.geometry.lenses import PINHOLE, find_lens

MATRIX = np.array([[280.0, 0, 320], [0, 282, 240], [0, 0, 1]])
POINTS = np.array([[0.3, 0.2, 1.0], [-0.5, 0.1, 1.0]])
PINHOLES = ["plumb_bob", "rational_polynomial", "", "none", "radtan", "PLUMB_BOB", " Plumb_bob"]
FISHEYES = ["equidistant", "Equidistant", "fisheye"]
ZEROS = [0, 1, 2, 3, 4, 5, 6, 8, 12, 14, 20]


@pytest.mark.parametrize("count", ZEROS)
@pytest.mark.parametrize("model", PINHOLES)
def test_zeros_are_no_distortion_of_a_pinhole(model, count):
    camera = Camera.calibrated(MATRIX, [0.0] * count, model)
    expected = POINTS[:, :2] * [280, 282] + [320, 240]
    assert camera.lens is PINHOLE and camera.project(POINTS) == pytest.approx(expected)
    assert camera.rays(expected) == pytest.approx(POINTS[:, :2])


@pytest.mark.parametrize("count", ZEROS)
@pytest.mark.parametrize("model", FISHEYES)
def test_zeros_are_an_ideal_fisheye(model, count):
    camera = Camera.calibrated(MATRIX, [0.0] * count, model)
    assert camera.lens is find_lens("equidistant")
    assert camera.project(np.array([[1.0, 0, 1]]))[0] == pytest.approx((320 + 70 * np.pi, 240))


@pytest.mark.parametrize(
    "model, given, same",
    [
        ("equidistant", [0.1, 0.2, 0.3, 0.4, 0], [0.1, 0.2, 0.3, 0.4]),
        ("equidistant", [0.1, 0.2, 0.3, 0.4] + [0] * 4, [0.1, 0.2, 0.3, 0.4]),
        ("equidistant", [0.1, 0.2], [0.1, 0.2, 0, 0]),
        ("plumb_bob", [0.1, 0.2], [0.1, 0.2, 0, 0]),
        ("plumb_bob", [0.1, 0, 0], [0.1, 0, 0, 0]),
        ("plumb_bob", [0.1, 0.2, 0.3, 0.4, 0.5, 0], [0.1, 0.2, 0.3, 0.4, 0.5]),
        ("rational_polynomial", [*range(1, 9), 0, 0], [*range(1, 9)]),
        ("rational_polynomial", [*range(1, 15)], [*range(1, 15)]),
    ],
)
def test_zeros_behind_the_coefficients_are_cut_off_or_filled_in(model, given, same):
    assert Camera.calibrated(MATRIX, given, model).distortion.tolist() == same


@pytest.mark.parametrize(
    "model, coefficients, said",
    [
        (
            "omnidirectional",
            [0.1] * 4,
            "'omnidirectional': known are plumb_bob.*camera type fisheye",
        ),
        (
            "equidistant",
            [0.1] * 5,
            "5 coefficients of the model equidistant, expected 4; .*fisheye",
        ),
        ("fisheye", [0.1] * 8, "8 coefficients of the model fisheye, expected 4; .*fisheye"),
        ("plumb_bob", [0.1] * 3, "3 coefficients of the model plumb_bob, expected 4 or 5 or 8"),
        ("", [0.1] * 6, "6 coefficients of the model plumb_bob, expected"),
        ("rational_polynomial", [0.1] * 15, "15 coefficients"),
        ("none", [0.1] * 5, "coefficients of the model none that are not 0: set distortion_model"),
    ],
)
def test_a_lens_that_cannot_be_read_is_refused_with_the_remedy(model, coefficients, said):
    with pytest.raises(ValueError, match=said):
        Camera.calibrated(MATRIX, coefficients, model)


def matrix(fx, fy, cx=320.0, cy=240.0, last=1.0):
    return np.array([[fx, 0, cx], [0, fy, cy], [0, 0, last]])


@pytest.mark.parametrize(
    "given, said",
    [
        (np.zeros((3, 3)), "no positive focal length"),
        (np.eye(3), "no principal point"),
        (matrix(1, 1), "a focal length of 1 px, an opening angle of 179.6 deg"),
        (matrix(2, 2), "179.3 deg"),
        (matrix(500, 1), "a focal length of 1 px"),
        (matrix(500, 0), "no positive focal length"),
        (matrix(-500, 500), "no positive focal length"),
        (matrix(500, 500, 0, 0), "no principal point"),
        (matrix(500, 500, last=0), "no principal point"),
        (matrix(8000, 8000), "a focal length of 8e+03 px, an opening angle of 4.6 deg"),
        (matrix(np.nan, 500), "not finite"),
    ],
)
def test_a_matrix_that_nobody_measured_is_told(given, said):
    assert said in flaw_of(given, 640, 480)


@pytest.mark.parametrize(
    "given, model",
    [
        (matrix(500, 510), "plumb_bob"),
        (matrix(250, 500), "plumb_bob"),  # binned along one axis
        (matrix(7000, 7000), "plumb_bob"),  # 5.2 degrees
        (matrix(4, 4), "plumb_bob"),  # 178.6 degrees
        (matrix(170, 170), "equidistant"),  # 216 degrees
        (matrix(500, 500, -40, 700), "plumb_bob"),  # the image is a part of the sensor
    ],
)
def test_unusual_cameras_are_calibrated_all_the_same(given, model):
    assert flaw_of(given, 640, 480, find_lens(model)) == ""
    assert flaw_of(matrix(1, 1), 640, 480, find_lens(model))

"""CameraInfo to cameras; needs ROS."""

import numpy as np
import pytest

pytest.importorskip("sensor_msgs", reason="ROS is not sourced")
from sensor_msgs.msg import CameraInfo, RegionOfInterest

from lightweight_openpose.geometry.lenses import PINHOLE
from lightweight_openpose.ros.messages.camera_info import camera_of, why_assumed
from lightweight_openpose.ros.messages.validation import BadMessage, check

FOV = np.radians(60)


def calibration(width, height, roi=(0, 0, 0, 0), focal=1000.0):
    info = CameraInfo(width=width, height=height, distortion_model="plumb_bob", D=[0.0] * 5)
    info.K = [focal, 0, width / 2, 0, focal, height / 2, 0, 0, 1]
    info.P = [focal, 0, width / 2, 0, 0, focal, height / 2, 0, 0, 0, 1, 0]
    info.roi = RegionOfInterest(*roi[:2], *roi[2:], False)
    return info


def pinhole(info, width, height, rectified=False):
    camera = camera_of(info, height, width, FOV, rectified)
    assert not camera.assumed
    m = camera.matrix
    return m[0, 0], m[1, 1], m[0, 2], m[1, 2]


@pytest.mark.parametrize("rectified", [False, True])
def test_a_calibration_of_another_size_is_scaled(rectified):
    info = calibration(1280, 960)
    assert pinhole(info, 1280, 960, rectified) == (1000, 1000, 640, 480)
    assert pinhole(info, 640, 480, rectified) == (500, 500, 320, 240)


@pytest.mark.parametrize("rectified", [False, True])
def test_a_region_of_interest_moves_the_centre_and_binning_scales(rectified):
    # x_offset, y_offset, height, width, as the message has them
    info = calibration(1280, 1024, (320, 272, 480, 640))
    assert pinhole(info, 640, 480, rectified) == (1000, 1000, 320, 240)
    assert pinhole(info, 320, 240, rectified) == (500, 500, 160, 120)
    corner = calibration(1280, 1024, (0, 0, 480, 640))
    assert pinhole(corner, 640, 480, rectified) == (1000, 1000, 640, 512)


def test_a_calibration_for_images_of_another_shape_is_none():
    camera = camera_of(calibration(640, 480), 720, 1280, FOV, False)
    assert camera.assumed
    assert np.allclose(camera.matrix, camera_of(None, 720, 1280, FOV, False).matrix)


@pytest.mark.parametrize("width, height", [(641, 481), (640, 481), (320, 241), (213, 160)])
def test_rounded_sizes_are_of_the_same_shape(width, height):
    assert pinhole(calibration(640, 480), width, height)


def test_a_sensor_without_a_size_is_taken_as_the_image():
    info = calibration(640, 480)
    info.width = info.height = 0
    assert pinhole(info, 640, 480) == (1000, 1000, 320, 240)


MADE_UP = {
    "zeros": [0.0] * 9,
    "identity": [1.0, 0, 0, 0, 1, 0, 0, 0, 1],
    "a pixel": [1.0, 0, 320, 0, 1, 240, 0, 0, 1],
    "two pixels": [2.0, 0, 320, 0, 2, 240, 0, 0, 1],
    "no focal length": [0.0, 0, 320, 0, 0, 240, 0, 0, 1],
    "one focal length": [500.0, 0, 320, 0, 0, 240, 0, 0, 1],
    "no centre": [500.0, 0, 0, 0, 500, 0, 0, 0, 1],
    "a telescope": [1e5, 0, 320, 0, 1e5, 240, 0, 0, 1],
    "not finite": [float("nan")] * 9,
}


@pytest.mark.parametrize("name", MADE_UP)
@pytest.mark.parametrize("model", ["plumb_bob", "equidistant", "none", ""])
@pytest.mark.parametrize("rectified", [False, True])
def test_a_made_up_calibration_is_none_and_no_fault(name, model, rectified):
    info = calibration(640, 480)
    info.distortion_model = model
    info.D = [0.0] * 4
    info.K = MADE_UP[name]
    info.P = [*info.K[:3], 0, *info.K[3:6], 0, *info.K[6:], 0]
    check(info)
    camera = camera_of(info, 480, 640, FOV, rectified)
    assert camera.assumed and camera.lens is PINHOLE
    assert why_assumed(info, 480, 640, rectified).startswith("is not calibrated: ")


def test_only_the_matrix_that_counts_is_judged():
    info = calibration(640, 480)
    info.P = [0.0] * 12
    assert pinhole(info, 640, 480) and camera_of(info, 480, 640, FOV, True).assumed
    info = calibration(640, 480)
    info.K, info.D, info.distortion_model = MADE_UP["a pixel"], [0.1] * 7, "omni"
    assert pinhole(info, 640, 480, rectified=True)


def test_why_a_camera_is_assumed():
    assert why_assumed(None, 480, 640, False) == "is not calibrated"
    info = calibration(640, 480)
    assert why_assumed(info, 480, 640, False) == why_assumed(info, 240, 320, True) == ""
    told = "is calibrated for images of 640x480 px, and these have another shape"
    assert why_assumed(info, 720, 1280, False) == told
    info.D = [float("nan")] * 5
    assert "D has numbers that are not finite" in why_assumed(info, 480, 640, False)


@pytest.mark.parametrize(
    "model, coefficients",
    [
        ("equidistant", 5),
        ("fisheye", 8),
        ("omnidirectional", 4),
        ("plumb_bob", 3),
        ("radtan", 6),
    ],
)
def test_what_to_do_for_a_lens_that_cannot_be_read_fits_the_lens(model, coefficients):
    info = calibration(640, 480)
    info.D, info.distortion_model = [0.1] * coefficients, model
    with pytest.raises(BadMessage, match="calibrate the lens with camera_calibration") as error:
        camera_of(info, 480, 640, FOV, False)
    # Raw images of a fisheye do not become those of a pinhole by being called rectified.
    pinhole_model = model in ("plumb_bob", "radtan")
    assert ("~rectified" in str(error.value)) == pinhole_model


LENSES = {
    "plumb_bob": [-0.32, 0.12, 0.001, -0.0008, -0.02],
    "rational_polynomial": [0.7778, 0.0677, 0.001, -0.0005, 0.0, 1.1111, 0.2381, 0.0],
    "thin prism": [-0.3, 0.1, 0.001, -0.001, -0.01, 0, 0, 0, 0.002, -0.001, 0.001, 0.0005],
    "tilted": [-0.3, 0.1, 0.001, 0, 0, 0, 0, 0, 0.002, -0.001, 0.001, 0, 0.04, -0.03],
    "equidistant": [-0.0043, 0.0371, -0.0355, 0.0058],
}
PARTS = {  # width and height of the image; binning along x and y; x, y, height and width of the ROI
    "whole": (1280, 960, 1, 1, (0, 0, 0, 0)),
    "binned 2x2": (640, 480, 2, 2, (0, 0, 0, 0)),
    "binned 2x1": (640, 960, 2, 1, (0, 0, 0, 0)),
    "binned 1x2": (1280, 480, 1, 2, (0, 0, 0, 0)),
    "part": (640, 480, 0, 0, (320, 200, 480, 640)),
    "part binned 2x1": (320, 480, 2, 1, (320, 200, 480, 640)),
    "part binned 4x4": (160, 120, 4, 4, (600, 400, 480, 640)),
}


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("part", PARTS)
def test_points_fall_where_the_sensor_has_them_and_their_pixels_lead_back(lens, part):
    width, height, along, down, roi = PARTS[part]
    info = calibration(1280, 960, roi, focal=1040.0)
    info.D = LENSES[lens]
    fisheye = lens == "equidistant"
    info.distortion_model = lens if fisheye else "plumb_bob"
    info.binning_x, info.binning_y = along, down
    grid = np.stack(np.meshgrid(np.linspace(-0.55, 0.55, 9), np.linspace(-0.4, 0.4, 7)), axis=-1)
    rays = grid.reshape(-1, 2)
    points = np.column_stack([rays, np.ones(len(rays))])
    sensor = camera_of(calibration_of_all(info), 960, 1280, FOV, False).project(points)
    camera = camera_of(info, height, width, FOV, False)
    assert not camera.assumed
    expected = (sensor - roi[:2]) / [max(1, along), max(1, down)]
    assert camera.project(points) == pytest.approx(expected, abs=1e-6)
    assert camera.rays(expected) == pytest.approx(rays, abs=1e-4)


def calibration_of_all(info):
    """The same for images of the whole sensor."""
    whole = calibration(info.width, info.height, focal=info.K[0])
    whole.D, whole.distortion_model = info.D, info.distortion_model
    return whole

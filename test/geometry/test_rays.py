"""Pixels to rays and back, over the whole image of lenses of every model."""

import cv2
import numpy as np
import pytest

from lightweight_openpose.geometry.camera import Camera

WIDTH, HEIGHT = 640, 480
MATRIX = np.array([[520.0, 0, 318], [0, 515, 243], [0, 0, 1]])
WIDE = np.array([[365.0, 0, 318], [0, 362, 243], [0, 0, 1]])
PRISM = [-0.3, 0.1, 0.001, -0.001, -0.01, 0.02, 0.01, 0.003, 0.002, -0.001, 0.001, 0.0005]
PINHOLES = {
    "no distortion": (MATRIX, "plumb_bob", [0.0] * 5),
    "plumb_bob": (MATRIX, "plumb_bob", [-0.32, 0.12, 0.001, -0.0008, -0.02]),
    "plumb_bob of 4": (MATRIX, "plumb_bob", [-0.32, 0.12, 0.001, -0.0008]),
    "strong plumb_bob": (MATRIX, "plumb_bob", [-0.42, 0.22, 0.001, -0.001, -0.06]),
    "plumb_bob where the iteration swings": (
        MATRIX,
        "plumb_bob",
        [-0.52, 0.0416, 0.0, 0.0, 0.0742],
    ),
    "pincushion": (MATRIX, "plumb_bob", [0.15, -0.2, 0.001, 0.002, 0.05]),
    "rational": (
        WIDE,
        "rational_polynomial",
        [0.7778, 0.0677, 0.001, -0.0005, 0.0, 1.1111, 0.2381, 0.0],
    ),
    "thin prism": (MATRIX, "rational_polynomial", PRISM),
    "tilted": (MATRIX, "rational_polynomial", [*PRISM, 0.04, -0.03]),
}
FISHEYES = {
    "ideal": [0.0] * 4,
    "of a T265": [-0.0043, 0.0371, -0.0355, 0.0058],
    "that spreads": [0.1, 0.02, 0.0, 0.0],
    "that shrinks": [-0.1, 0.02, -0.01, 0.001],
}


def pixels(width=WIDTH, height=HEIGHT, step=8):
    grid = np.meshgrid(np.arange(0, width, step), np.arange(0, height, step))
    return np.stack(grid, axis=-1).reshape(-1, 2).astype(float)


def back(camera, rays):
    return camera.project(np.column_stack([rays, np.ones(len(rays))]))


@pytest.mark.parametrize("lens", PINHOLES)
def test_each_pixel_of_a_pinhole_gets_the_ray_that_leads_to_it(lens):
    camera = Camera.calibrated(*(PINHOLES[lens][i] for i in (0, 2, 1)))
    rays = camera.rays(pixels())
    assert np.abs(back(camera, rays) - pixels()).max() < 0.05
    # At 3 m, and against rays that are known beforehand.
    known = rays[:: len(rays) // 18]
    assert 3 * np.abs(camera.rays(back(camera, known)) - known).max() < 0.0005


@pytest.mark.parametrize("lens", FISHEYES)
def test_each_ray_of_a_fisheye_up_to_85_degrees_comes_back(lens):
    camera = Camera.calibrated(WIDE, FISHEYES[lens], "equidistant")
    angles, turns = np.meshgrid(np.radians(np.arange(0, 86, 5)), np.arange(0, 6.3, 0.5))
    turned = np.stack([np.cos(turns), np.sin(turns)], axis=-1)
    known = (np.tan(angles)[..., None] * turned).reshape(-1, 2)
    assert camera.rays(back(camera, known)) == pytest.approx(known, rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("lens", FISHEYES)
def test_beyond_90_degrees_a_fisheye_has_no_ray(lens):
    """OpenCV gives finite ones, and marks none."""
    camera = Camera.calibrated(WIDE, FISHEYES[lens], "equidistant")
    edge = np.linalg.norm(back(camera, np.array([[40.0, 0]])) - WIDE[:2, 2])
    distances = np.linspace(1.1 * edge, 10 * edge, 20)
    beyond = WIDE[:2, 2] + distances[:, None] * [np.cos(0.5), np.sin(0.5)]
    assert np.isnan(camera.rays(beyond)).all()


def test_a_pixel_beyond_where_the_lens_turns_back_has_no_ray():
    """The polynomial reaches these pixels a second time, far outside of what was calibrated."""
    lens = np.array([-0.58, -0.17, 0, 0, 0.23])
    camera = Camera.calibrated(MATRIX, lens, "plumb_bob")
    distances = np.linspace(0, 2, 2001)
    mapped = distances * np.polyval([lens[4], lens[1], lens[0], 1], distances**2)
    turning = int(np.argmax(np.diff(mapped) < 0))
    assert 0.7 < distances[turning] < 0.8
    inside = MATRIX[:2, 2] + [0.99 * mapped[turning] * 520, 0]
    outside = MATRIX[:2, 2] + [1.01 * mapped[turning] * 520, 0]
    rays = camera.rays(np.array([inside, outside]))
    assert 0.6 < rays[0, 0] <= distances[turning] and np.isnan(rays[1]).all()


def test_opencv_alone_would_miss_by_centimetres():
    """Why `cv2.undistortPoints` as it comes is not enough: the lens is an ordinary one."""
    matrix, _, lens = PINHOLES["plumb_bob"]
    corner = np.array([[2.0, 2.0]])
    camera = Camera.calibrated(matrix, lens, "plumb_bob")
    five = cv2.undistortPoints(corner.reshape(-1, 1, 2), matrix, np.array(lens)).reshape(-1, 2)
    assert np.abs(back(camera, five) - corner).max() > 0.2
    assert np.abs(back(camera, camera.rays(corner)) - corner).max() < 0.001


def test_what_is_no_pixel_has_no_ray_and_disturbs_no_other():
    for model, lens in (("plumb_bob", [-0.3, 0, 0, 0, 0]), ("equidistant", [0.1, 0, 0, 0])):
        camera = Camera.calibrated(MATRIX, lens, model)
        given = np.array([[np.nan, 5], [100, 100], [1e7, -1e7], [np.inf, 0]], np.float32)
        rays = camera.rays(given)
        assert np.isnan(rays[[0, 2, 3]]).all()
        assert back(camera, rays[1:2]) == pytest.approx(given[1:2], abs=0.01)
    assert camera.rays(np.empty((0, 2))).shape == (0, 2)

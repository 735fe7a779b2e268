"""The recipe for a lens in doc/development.md: one class, and cameras and heads are right with it."""

import numpy as np
import pytest

from lightweight_openpose.geometry.camera import Camera, flaw_of
from lightweight_openpose.geometry.camera_file import read_camera
from lightweight_openpose.geometry.lenses import Lens, find_lens, lens, register
from lightweight_openpose.geometry.rigid_object import solve_object
from lightweight_openpose.poses.skeleton_file import find_skeleton
from people import placed, seen

MATRIX = np.array([[300.0, 0, 320], [0, 302, 240], [0, 0, 1]])
YAML = """
image_width: 640
image_height: 480
distortion_model: {model}
distortion_coefficients: {{data: {data}}}
camera_matrix: {{data: [300, 0, 320, 0, 302, 240, 0, 0, 1]}}
"""


class Division(Lens):
    """One parameter: a ray at r_d / (1 + k r_d^2) is seen at r_d (Fitzgibbon 2001)."""

    names = ("division",)
    aliases = ("fitzgibbon",)
    counts = (1,)
    certain = 1

    def rays(self, pixels, matrix, distortion):
        seen = (pixels - matrix[:2, 2]) / np.diag(matrix)[:2]
        below = 1 + distortion[0] * (seen**2).sum(1, keepdims=True)
        return np.where(below > 0.02, seen / np.maximum(below, 0.02), np.nan)

    def project(self, points, matrix, distortion):
        rays = points[:, :2] / points[:, 2:]
        square = (rays**2).sum(1, keepdims=True)
        seen = 2 * rays / (1 + np.sqrt(1 - 4 * distortion[0] * square))
        return seen * np.diag(matrix)[:2] + matrix[:2, 2]


@pytest.fixture(autouse=True)
def division(monkeypatch):
    monkeypatch.setattr(lens, "_LENSES", dict(lens._LENSES))
    return register(Division())


def test_its_calibration_is_a_camera(tmp_path, division):
    path = tmp_path / "camera.yaml"
    path.write_text(YAML.format(model="division", data="[-0.2]"))
    camera, size = read_camera(path)
    assert camera.lens is division and size == (640, 480)
    points = np.array([[0.3, -0.2, 1.0], [-0.9, 0.6, 1.5], [0, 0, 2.0]])
    pixels = camera.project(points)
    assert np.abs(pixels[0] - [320 + 90, 240 - 60.4]).max() > 1  # it bends
    assert camera.rays(pixels) == pytest.approx(points[:, :2] / points[:, 2:], abs=1e-9)
    assert np.isnan(camera.rays(np.array([[20000.0, 240]]))).all()
    path.write_text(YAML.format(model="division", data="[-0.2, 0.1]"))
    with pytest.raises(ValueError, match="2 coefficients of the model division, expected 1"):
        read_camera(path)
    assert flaw_of(np.diag([1.0, 1, 1]), 640, 480, division)


def test_its_names_are_known():
    assert find_lens(" Fitzgibbon") is find_lens("division")
    with pytest.raises(ValueError, match="known are .*equidistant, division"):
        Camera.calibrated(MATRIX, [], "banana")
    with pytest.raises(ValueError, match="there is a lens division already"):
        register(Division())


def test_an_object_seen_through_it_is_where_it_is():
    camera = Camera.calibrated(MATRIX, [-0.2], "fitzgibbon")
    submarine = find_skeleton("submarine")
    keypoints = seen(placed(submarine.points, (150, 20, -10), (0.4, 0.2, 3.0)), camera)
    solved, reason = solve_object(keypoints, submarine, camera)
    assert solved is not None, reason
    assert solved.translation == pytest.approx((0.4, 0.2, 3.0), abs=1e-3)
    assert np.degrees(solved.yaw) == pytest.approx(150, abs=0.1)

"""Calibrations of camera_calibration are read without ROS; what cannot be used is named."""

import numpy as np
import pytest
import yaml

from lightweight_openpose.geometry.camera_file import read_camera

CALIBRATION = {
    "image_width": 640,
    "image_height": 480,
    "camera_name": "head",
    "distortion_model": "plumb_bob",
    "camera_matrix": {"rows": 3, "cols": 3, "data": [500, 0, 320, 0, 510, 240, 0, 0, 1]},
    "distortion_coefficients": {"rows": 1, "cols": 5, "data": [-0.2, 0.05, 0, 0, 0]},
}


def written(path, **changes):
    path.write_text(yaml.safe_dump({**CALIBRATION, **changes}))
    return path


def test_the_camera_of_a_file(tmp_path):
    camera, size = read_camera(written(tmp_path / "c.yaml"))
    assert size == (640, 480) and not camera.assumed
    assert camera.matrix.tolist() == [[500, 0, 320], [0, 510, 240], [0, 0, 1]]
    assert camera.distortion.tolist() == [-0.2, 0.05, 0, 0, 0]
    none = read_camera(written(tmp_path / "c.yaml", distortion_coefficients={"data": []}))[0]
    assert none.project(np.array([[0.1, 0.2, 1]])).tolist() == [[370, 342]]


@pytest.mark.parametrize(
    "changes, said",
    [
        (
            {"distortion_model": "omni"},
            "cannot be used: distortion_model 'omni': known are plumb_bob",
        ),
        ({"camera_matrix": {"data": [1, 2]}}, "camera_matrix has 2 numbers, expected 9"),
        ({"camera_matrix": {"data": [0] * 9}}, "no image size or no positive focal length"),
        (
            {"camera_matrix": {"data": [1, 0, 320, 0, 1, 240, 0, 0, 1]}},
            "none, its camera_matrix has",
        ),
        ({"camera_matrix": {"data": [1, 0, 0, 0, 1, 0, 0, 0, 1]}}, "has no principal point"),
        ({"camera_matrix": 7}, "is no camera_info_manager file"),
        ({"camera_matrix": {}}, "has no field 'data'"),
        ({"image_width": 0}, "no image size"),
        ({"image_width": "wide"}, "is no camera_info_manager file: invalid literal"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path, changes, said):
    with pytest.raises(ValueError, match=f"calibration .*c.yaml .*{said}"):
        read_camera(written(tmp_path / "c.yaml", **changes))


def test_no_yaml_and_no_map(tmp_path):
    path = tmp_path / "c.yaml"
    for text in ("- 1", "", "{"):
        path.write_text(text)
        with pytest.raises(ValueError, match="calibration .*c.yaml is no camera_info_manager file"):
            read_camera(path)

"""Rotations with the SciPy of any supported system."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from lightweight_openpose.geometry import rotations
from lightweight_openpose.geometry.rotations import aligning, matrix_of, rotation_of

TURN = Rotation.from_rotvec([0.3, -2.0, 0.5])
QUARTER = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])  # about z


def test_matrices_there_and_back():
    assert np.allclose(matrix_of(Rotation.from_euler("z", 90, degrees=True)), QUARTER)
    assert np.allclose(rotation_of(QUARTER).as_rotvec(), [0, 0, np.pi / 2])
    half = np.diag([1.0, -1, -1])  # of a face in the camera
    assert np.allclose(matrix_of(rotation_of(half)), half)
    assert np.allclose(matrix_of(rotation_of(matrix_of(TURN))), matrix_of(TURN))


def test_before_scipy_1_4_matrices_had_another_name(monkeypatch):
    class Old:
        from_dcm = staticmethod(lambda matrix: ("by its old name", matrix.tolist()))

    monkeypatch.setattr(rotations, "Rotation", Old)
    assert rotation_of(QUARTER) == ("by its old name", QUARTER.tolist())


@pytest.mark.parametrize("flat", [False, True])
def test_points_are_aligned_without_a_reflection(flat):
    model = np.random.default_rng(0).normal(size=(6, 3))
    if flat:
        model[:, 2] = 0
    model -= model.mean(0)
    assert np.allclose(matrix_of(aligning(TURN.apply(model), model)), matrix_of(TURN))
    mirrored = matrix_of(aligning(model * [1, 1, -1], model))
    assert np.linalg.det(mirrored) == pytest.approx(1)

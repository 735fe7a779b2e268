"""Points whose errors differ: what counts, and how sure the answer is."""

import numpy as np

from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.orientation import angles_of, rotation_from_angles
from lightweight_openpose.geometry.pnp import PnpSolution
from lightweight_openpose.geometry.weighted_pnp import angle_deviations, refine_weighted

CAMERA = Camera.assumed_for(640, 480, 1.0)
POINTS = np.array([(0, 0, 0), (0.1, 0, 0), (0, 0.1, 0), (0, 0, 0.1), (0.1, 0.1, 0), (0, 0.1, 0.1)])
AT = np.array([0.1, -0.05, 1.0])


def start(angles):
    near = np.radians(angles) + 0.1
    return PnpSolution(rotation_from_angles(*near, AT), AT * 1.1, 0.0)


def image_of(angles):
    rotation = rotation_from_angles(*np.radians(angles), AT)
    return CAMERA.project(POINTS @ rotation.T + AT)


def test_exact_points_give_the_exact_answer():
    for angles in ((0, 0, 0), (40, -20, 10), (-60, 30, 170)):
        solved = refine_weighted(image_of(angles), POINTS, CAMERA, start(angles), np.ones(6))
        found = np.degrees(angles_of(solved.solution.rotation, solved.solution.translation))
        np.testing.assert_allclose(found, angles, atol=0.02)
        np.testing.assert_allclose(solved.solution.translation, AT, atol=1e-3)


def test_what_is_unsure_counts_less():
    image = image_of((10, 5, 0))
    image[0] += (6, -4)
    errors = []
    for sigma in (1, 30):
        solved = refine_weighted(
            image, POINTS, CAMERA, start((10, 5, 0)), np.array([sigma, 1, 1, 1, 1, 1.0])
        )
        errors.append(
            np.abs(
                np.degrees(angles_of(solved.solution.rotation, solved.solution.translation))
                - (10, 5, 0)
            ).max()
        )
    assert errors[1] < 0.2 * errors[0]


def test_the_deviations_are_those_of_repeated_trials():
    rng = np.random.default_rng(0)
    sigmas = np.array([0.3, 0.3, 0.5, 0.5, 0.8, 0.8])
    angles, stated = [], []
    for _ in range(400):
        noisy = image_of((20, 10, 0)) + rng.normal(0, 1, (6, 2)) * sigmas[:, None]
        solved = refine_weighted(noisy, POINTS, CAMERA, start((20, 10, 0)), sigmas)
        angles.append(angles_of(solved.solution.rotation, solved.solution.translation))
        stated.append(angle_deviations(solved))
    ratio = np.std(angles, axis=0) / np.mean(stated, axis=0)
    np.testing.assert_allclose(ratio, 1, atol=0.25)
    doubled = angle_deviations(solved, 2.0)
    np.testing.assert_allclose(doubled, 2 * np.array(angle_deviations(solved)))


def test_points_that_say_nothing_of_a_rotation_give_no_answer():
    line = np.tile([[0.0, 0, 0]], (6, 1))
    assert (
        refine_weighted(np.full((6, 2), 100.0), line, CAMERA, start((0, 0, 0)), np.ones(6)) is None
    )

"""Angles and lengths of bodies whose joints are known."""

import warnings

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from lightweight_openpose.geometry.head import HEAD_KEYPOINTS
from lightweight_openpose.geometry.head_model import COMMON
from lightweight_openpose.geometry.human_model import Body, LengthMemory
from lightweight_openpose.poses.skeleton import COCO18
from people import body

UPRIGHT = np.array([[0, -1.0, 0], [0, 0, -1], [1, 0, 0]])  # optical frame -> x ahead, y left, z up


def points_of(**joints):
    """(18, 3) NaN, but for joints given in the frame of a body that looks along the camera."""
    points = np.full((18, 3), np.nan)
    torso = {
        "neck": (0, 0, 0.5),
        "left_shoulder": (0, 0.2, 0.5),
        "right_shoulder": (0, -0.2, 0.5),
        "left_hip": (0, 0.1, 0),
        "right_hip": (0, -0.1, 0),
    }
    for name, at in {**torso, **joints}.items():
        points[COCO18.index(name)] = UPRIGHT @ at + np.array([0.3, 0.1, 3])
    return points


def angles(**joints):
    return Body.of(points_of(**joints), COCO18).angles()


def near(value):
    return pytest.approx(value, abs=1e-6)


def test_a_body_that_stands_upright_has_angles_of_zero():
    at = {
        "left_elbow": (0, 0.2, 0.2),
        "left_wrist": (0, 0.2, 0),
        "right_knee": (0, -0.1, -0.4),
        "right_ankle": (0, -0.1, -0.8),
    }
    found = angles(**at)
    assert set(found) == {
        "waist",
        "l_y_shoulder",
        "l_p_shoulder",
        "l_r_shoulder",
        "l_elbow",
        "r_y_hip",
        "r_p_hip",
        "r_r_hip",
        "r_knee",
    }
    assert {name: v for name, v in found.items() if "y_" not in name and "r_s" not in name} == {
        name: near(0) for name in found if "y_" not in name and "r_s" not in name
    }


@pytest.mark.parametrize("name, side, sign", [("left", "l", 1), ("right", "r", -1)])
def test_known_angles_of_arms(name, side, sign):
    elbow, wrist = f"{name}_elbow", f"{name}_wrist"
    aside = angles(**{elbow: (0, sign * 0.5, 0.5), wrist: (0, sign * 0.7, 0.5)})
    assert (aside[f"{side}_y_shoulder"], aside[f"{side}_p_shoulder"]) == (near(0), near(np.pi / 2))
    assert aside[f"{side}_elbow"] == 0
    ahead = angles(**{elbow: (0.3, sign * 0.2, 0.5), wrist: (0.3, sign * 0.2, 0.7)})
    assert ahead[f"{side}_y_shoulder"] == near(np.pi / 2)
    assert (ahead[f"{side}_p_shoulder"], ahead[f"{side}_elbow"]) == (near(np.pi / 2),) * 2
    without = angles(**{elbow: (0.3, sign * 0.2, 0.5)})
    assert f"{side}_elbow" not in without and f"{side}_p_shoulder" in without


@pytest.mark.parametrize("name, side, sign", [("left", "l", 1), ("right", "r", -1)])
def test_known_angles_of_legs(name, side, sign):
    knee, ankle = f"{name}_knee", f"{name}_ankle"
    sitting = angles(**{knee: (0.4, sign * 0.1, 0), ankle: (0.4, sign * 0.1, -0.4)})
    assert sitting[f"{side}_r_hip"] == near(np.pi / 2)
    assert sitting[f"{side}_knee"] == near(-np.pi / 2)
    assert (sitting[f"{side}_y_hip"], sitting[f"{side}_p_hip"]) == (near(0), near(0))
    aside = angles(**{knee: (0, sign * 0.5, 0), ankle: (0, sign * 0.9, 0)})
    assert (aside[f"{side}_p_hip"], aside[f"{side}_knee"]) == (near(np.pi / 2), near(0))


@pytest.mark.parametrize(
    "turn", [(0, 0, 0), (0.3, 0, 0), (0, -0.8, 0), (0, 0, 0.5), (0.2, 0.6, -0.3)]
)
def test_the_head_turns_about_the_axes_of_the_model(turn):
    roll, yaw, pitch = turn
    rotation = Rotation.from_rotvec([roll, 0, 0]) * Rotation.from_rotvec([0, 0, yaw])
    rotation = rotation * Rotation.from_rotvec([0, -pitch, 0])
    head = dict(zip(HEAD_KEYPOINTS, rotation.apply(COMMON.points) + (0.05, 0, 0.7)))
    found = angles(**head)
    assert [found["r_head"], found["y_head"], found["p_head"]] == pytest.approx(turn, abs=1e-6)
    del head["nose"], head["left_ear"]
    assert "y_head" not in angles(**head)


def test_there_is_no_body_without_a_torso():
    points = points_of()
    points[COCO18.index("neck")] = np.nan
    assert Body.of(points, COCO18) is None


def test_lengths_are_medians_of_what_was_measured_and_else_proportions():
    memory = LengthMemory()
    arm = {"left_elbow": (0, 0.2, 0.2)}
    for length in (0.30, 0.31, 0.90):
        arm["left_elbow"] = (0, 0.2, 0.5 - length)
        lengths = memory.update(Body.of(points_of(**arm), COCO18))
    assert lengths.upper_arm == near(0.31)
    assert (lengths.torso, lengths.shoulder, lengths.hips) == (near(0.5), near(0.2), near(0.2))
    assert lengths.thigh == near(0.245 * 0.5 / 0.30)


def test_anybody_has_finite_angles():
    random = np.random.default_rng(5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(200):
            points = body(3.0) + random.normal(0, 0.2, (18, 3))
            points[random.random(18) < 0.2] = np.nan
            person = Body.of(points, COCO18)
            if person is not None:
                assert np.isfinite(list(person.angles().values())).all()

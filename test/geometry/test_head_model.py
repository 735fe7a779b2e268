"""Where networks put nose, eyes and ears on a head."""

import numpy as np
import pytest

from lightweight_openpose.geometry.head_model import COMMON, HeadModel, head_model
from lightweight_openpose.geometry.orientation import rotation_from_angles
from lightweight_openpose.zoo.models_file import BadCatalogue, HeadJoint, read_entries

JOINTS = tuple(
    HeadJoint((0.02 * i, 0.03 * i, -0.01), (0.01, 0.002 * i, 0.003), 0.004, 1.0) for i in range(3)
)
AT = np.array([0.0, 0, 1])


def test_the_right_side_is_the_mirror_of_the_left():
    model = HeadModel.of(JOINTS)
    mirror = np.array([1, -1, 1])
    for right, left in ((1, 2), (3, 4)):
        np.testing.assert_allclose(model.points[right], mirror * model.points[left])
        for yaw in (-0.5, 0.4):
            turned = model.at(rotation_from_angles(yaw, 0, 0), AT)
            other = model.at(rotation_from_angles(-yaw, 0, 0), AT)
            np.testing.assert_allclose(turned[right], mirror * other[left])


def test_a_joint_gains_with_the_sine_of_the_turn_up_to_sixty_degrees():
    model = HeadModel.of(JOINTS)
    gained = [
        model.at(rotation_from_angles(np.radians(yaw), 0, 0), AT)[4, 0] - model.points[4, 0]
        for yaw in (0, 30, 60, 80, -90)
    ]
    sine = np.sin(np.radians(60))
    np.testing.assert_allclose(gained, 0.01 * np.array([0, 0.5, sine, sine, -sine]), atol=1e-12)


@pytest.mark.parametrize("roll", [0, 90, 180])
def test_the_turn_is_that_of_the_head_whether_it_lies_or_not(roll):
    """Seen from its own right, whatever way its up points in the image."""
    about_the_axis = np.array(
        [
            [np.cos(np.radians(roll)), -np.sin(np.radians(roll)), 0],
            [np.sin(np.radians(roll)), np.cos(np.radians(roll)), 0],
            [0, 0, 1],
        ]
    )
    rotation = about_the_axis @ rotation_from_angles(0.5, 0.2, 0)
    upright = rotation_from_angles(0.5, 0.2, 0)
    np.testing.assert_allclose(COMMON.at(rotation, AT), COMMON.at(upright, AT))


def test_a_joint_of_a_low_score_is_less_sure():
    model = HeadModel.of(JOINTS)
    np.testing.assert_allclose(
        model.sigmas(np.array([1, 0.5, 0.25, 1, 0.001])), [0.004, 0.008, 0.016, 0.004, 0.08]
    )


@pytest.mark.parametrize(
    "name", ["own", "own-fast", "lightweight-openpose", "human-pose-estimation-0001"]
)
def test_each_network_of_the_package_has_its_own_points_like_those_of_the_others(name):
    model = head_model(name)
    assert model is not COMMON and model is head_model(name)
    assert np.abs(model.points - COMMON.points).max() < 0.012
    eyes = model.points[2, 1] - model.points[1, 1]
    assert 0.06 < eyes < 0.075 and model.points[4, 0] < -0.05 < model.points[0, 0]


def test_a_network_that_is_not_known_takes_the_common_points():
    assert head_model("") is COMMON and head_model("mine") is COMMON


ENTRY = """default: [a]
models:
  a:
    file: a.pth
    files: {a.pth: }
    skeleton: coco18
    mean: [0, 0, 0]
    scale: 1.0
    order: bgr
    multiple: 8
    stride: 8
    head:
      nose: {point: [0.02, 0, 0], turned: [0, 0, 0], deviation: 0.004, fading: 1}
      left_eye: {point: [0, 0.03, 0], turned: [0, 0, 0], deviation: 0.004, fading: 1}
      left_ear: {point: [-0.07, 0.08, 0], turned: [0, 0, 0], deviation: 0.006, fading: 0.5}
"""


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("[0, 0.03, 0]", "[0, 0.03]", "three lengths below 0.3 m"),
        ("[0, 0.03, 0]", "[0, 63, 0]", "three lengths below 0.3 m"),
        ("[0, 0.03, 0]", "[0, .nan, 0]", "three lengths below 0.3 m"),
        ("deviation: 0.006", "deviation: 0", "not within 0..0.1 m"),
        ("left_ear", "ear", "a has no left_ear"),
        ("fading: 0.5", "fading: much", "could not convert"),
    ],
)
def test_a_bad_entry_is_named(tmp_path, old, new, words):
    path = tmp_path / "models.yaml"
    path.write_text(ENTRY)
    assert read_entries(path)[0]["a"].head[2].point == (-0.07, 0.08, 0)
    path.write_text(ENTRY.replace(old, new, 1))
    with pytest.raises(BadCatalogue, match=words):
        read_entries(path)

"""The 32 landmarks of a face: their names agree with their places."""

import numpy as np
import pytest

from lightweight_openpose.poses.pose import FACE_KEYPOINTS, GROUPS
from lightweight_openpose.poses.skeleton_file import find_skeleton

FACE = find_skeleton("face_32")
POINTS = dict(zip(FACE.keypoints, FACE.points))
KNOWN = {name: np.array(point) for name, point in POINTS.items() if point is not None}


def test_it_has_as_many_landmarks_as_a_pose_carries():
    assert FACE.num_keypoints == FACE_KEYPOINTS == GROUPS["face"] == 32
    assert len(KNOWN) == 23  # the others move with the jaw and the lips
    assert {name for name in POINTS if "jaw" in name or "lip" in name or "mouth" in name} | {
        "chin"
    } == set(POINTS) - set(KNOWN)


def test_its_origin_is_midway_between_the_eyes():
    corners = [f"{side}_eye_{end}" for side in ("left", "right") for end in ("inner", "outer")]
    np.testing.assert_allclose(np.mean([KNOWN[name] for name in corners], axis=0), 0, atol=1e-12)


def test_left_is_the_mirror_image_of_right():
    for a, b in enumerate(FACE.flip_permutation):
        name, other = FACE.keypoints[a], FACE.keypoints[b]
        assert (a == b) == (not name.startswith(("left_", "right_")))
        if name in KNOWN:
            np.testing.assert_array_equal(KNOWN[name], KNOWN[other] * (1, -1, 1))
    assert all(KNOWN[name][1] > 0 for name in KNOWN if name.startswith("left_"))


@pytest.mark.parametrize(
    "low, high",
    [
        ("right_nostril", "nose_tip_lower"),
        ("nose_tip_lower", "nose_tip"),
        ("nose_tip", "nose_bridge"),
        ("nose_bridge", "nose_root"),
        ("nose_root", "left_brow_inner"),
        ("left_brow_middle", "forehead"),
        ("left_cheek", "left_cheekbone"),
        ("left_cheekbone", "left_temple"),
    ],
)
def test_names_follow_the_places_from_below_to_above(low, high):
    assert KNOWN[low][2] < KNOWN[high][2]


def test_the_tip_of_the_nose_is_the_foremost_point():
    assert max(KNOWN, key=lambda name: KNOWN[name][0]) == "nose_tip"


def test_corners_and_brows_go_outwards():
    side = {
        name: KNOWN[f"left_{name}"][1]
        for name in (
            "nostril",
            "eye_inner",
            "eye_outer",
            "brow_inner",
            "brow_middle",
            "brow_outer",
            "temple",
        )
    }
    assert side["brow_inner"] < side["brow_middle"] < side["brow_outer"] < side["temple"]
    assert side["nostril"] < side["eye_inner"] < side["eye_outer"] < side["temple"]

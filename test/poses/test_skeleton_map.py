"""The skeletons of OpenPose and COCO, and keypoints from one to another by joint name."""

import numpy as np
import pytest

from lightweight_openpose.estimation.decoding import decode
from lightweight_openpose.estimation.preprocessing import PixelMap
from lightweight_openpose.poses.skeleton import COCO17_KEYPOINTS, COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.poses.skeleton_map import convert_keypoints
from people import STRIDE, maps_of, standing

BODY_25, COCO17, HAND_21 = (find_skeleton(name) for name in ("body_25", "coco17", "hand_21"))


def keypoints(skeleton, **places):
    """Joint i at (10 i, 20 i) with score 0.9 but for those given as x, y, score."""
    rows = [places.get(name, (10 * i, 20 * i, 0.9)) for i, name in enumerate(skeleton.keypoints)]
    return np.array(rows, np.float32)


def test_body_25_has_the_limbs_of_openpose_in_the_order_of_its_paf_channels():
    """POSE_BODY_PART_PAIRS and POSE_MAP_INDEX of OpenPose's poseParameters.cpp."""
    pairs = [
        (1, 8),
        (1, 2),
        (1, 5),
        (2, 3),
        (3, 4),
        (5, 6),
        (6, 7),
        (8, 9),
        (9, 10),
        (10, 11),
        (8, 12),
        (12, 13),
        (13, 14),
        (1, 0),
        (0, 15),
        (15, 17),
        (0, 16),
        (16, 18),
        (2, 17),
        (5, 18),
        (14, 19),
        (19, 20),
        (14, 21),
        (11, 22),
        (22, 23),
        (11, 24),
    ]
    x_channels = [
        0,
        14,
        22,
        16,
        18,
        24,
        26,
        6,
        2,
        4,
        8,
        10,
        12,
        30,
        32,
        36,
        34,
        38,
        20,
        28,
        40,
        42,
        44,
        46,
        48,
        50,
    ]
    assert {c // 2: pair for c, pair in zip(x_channels, pairs)} == dict(enumerate(BODY_25.limbs))
    assert (BODY_25.num_heatmaps, BODY_25.num_pafs) == (26, 52)


def test_skeletons_of_the_family():
    assert COCO17.keypoints == COCO17_KEYPOINTS
    assert (HAND_21.num_keypoints, HAND_21.num_heatmaps, len(HAND_21.limbs)) == (21, 22, 20)
    assert HAND_21.keypoints[0] == "wrist" and HAND_21.keypoints[8] == "index_4"
    for skeleton in (BODY_25, COCO17):
        mirrored = [skeleton.keypoints[i] for i in skeleton.flip_permutation]
        sides = {"left": "right", "right": "left"}
        for name, partner in zip(skeleton.keypoints, mirrored):
            side, _, rest = name.partition("_")
            assert partner == (f"{sides[side]}_{rest}" if side in sides else name)


def test_the_neck_and_the_middle_of_the_hips_lie_between_two_joints():
    given = keypoints(COCO17, left_shoulder=(10, 20, 0.8), right_shoulder=(30, 60, 0.6))
    found = convert_keypoints(given, COCO17, COCO18)
    np.testing.assert_allclose(found[1], (20, 40, 0.6))
    for name in COCO17_KEYPOINTS:
        np.testing.assert_array_equal(found[COCO18.index(name)], given[COCO17.index(name)])
    hips = keypoints(COCO18, left_hip=(0, 8, 0.5), right_hip=(4, 0, 0.9))
    found = convert_keypoints(hips, COCO18, BODY_25)
    np.testing.assert_allclose(found[BODY_25.index("mid_hip")], (2, 4, 0.5))
    feet = found[BODY_25.index("left_big_toe") :]
    assert np.isnan(feet[:, :2]).all() and (feet[:, 2] == 0).all()


def test_what_was_not_found_stays_missing():
    lost = keypoints(COCO17, nose=(np.nan, np.nan, 0), left_shoulder=(np.nan, np.nan, 0))
    people = convert_keypoints(np.stack([lost, keypoints(COCO17)]), COCO17, COCO18)
    assert people.shape == (2, 18, 3) and people.dtype == np.float32
    for joint in ("nose", "neck", "left_shoulder"):
        assert np.isnan(people[0, COCO18.index(joint), :2]).all()
        assert people[0, COCO18.index(joint), 2] == 0
    assert (people[1, :, 2] > 0).all()


def test_there_and_back():
    original = keypoints(COCO18)
    for middle in (BODY_25, COCO18):
        again = convert_keypoints(convert_keypoints(original, COCO18, middle), middle, COCO18)
        np.testing.assert_array_equal(again, original)


def test_keypoints_of_another_skeleton():
    with pytest.raises(ValueError, match="not those of skeleton coco17"):
        convert_keypoints(np.zeros((18, 3)), COCO17, COCO18)


def test_the_decoder_finds_people_of_body_25():
    body = convert_keypoints(standing(200, 60), COCO18, BODY_25)
    feet = {"big_toe": (-16, 20), "small_toe": (-40, 16), "heel": (20, 18)}
    for side in ("left", "right"):
        ankle = body[BODY_25.index(f"{side}_ankle"), :2]
        for part, shift in feet.items():
            body[BODY_25.index(f"{side}_{part}")] = (*(ankle + shift), 0.9)
    heatmaps, pafs = maps_of([body], BODY_25)
    (pose,) = decode(heatmaps, pafs, BODY_25, PixelMap((1.0, 1.0)), STRIDE)
    assert pose.num_keypoints == 25
    np.testing.assert_allclose(pose.keypoints[:, :2], body[:, :2], atol=1.5)

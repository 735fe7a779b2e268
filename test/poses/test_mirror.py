"""Left and right by the names of joints, however they are spelled."""

import numpy as np
import pytest

from lightweight_openpose.estimation.multiscale import AveragingEstimator
from lightweight_openpose.poses.mirror import (
    limb_mirror_fault,
    mirror_fault,
    mirror_pairs,
    unpaired_sides,
)
from lightweight_openpose.poses.skeleton import COCO17_KEYPOINTS, COCO18
from lightweight_openpose.poses.skeleton_file import (
    BadSkeleton,
    find_skeleton,
    skeleton_from_category,
    skeleton_from_dict,
    skeleton_to_dict,
)


def skeleton(*names, **changes):
    limbs = [[names[0], name] for name in names[1:]]
    fields = {"name": "dog", "keypoints": list(names), "limbs": limbs, **changes}
    return skeleton_from_dict(fields, "dog.yaml")


@pytest.mark.parametrize(
    "left, right",
    [
        ("left_ear", "right_ear"),
        ("left-ear", "right-ear"),
        ("left ear", "right ear"),
        ("Left_Ear", "Right_Ear"),
        ("LEFT_EAR", "RIGHT_EAR"),
        ("LeftEar", "RightEar"),
        ("leftEar", "rightEar"),
        ("L_ear", "R_ear"),
        ("l_wrist", "r_wrist"),
        ("LWrist", "RWrist"),
        ("lWrist", "rWrist"),
        ("lwrist", "rwrist"),
        ("Lwrist", "Rwrist"),
        ("ear_left", "ear_right"),
        ("EarLeft", "EarRight"),
        ("EarL", "EarR"),
        ("ear.L", "ear.R"),
        ("ear-l", "ear-r"),
        ("ear (left)", "ear (right)"),
        ("leftear", "rightear"),
        ("earleft", "earright"),
        ("paw_front_left", "paw_front_right"),
        ("front_left_paw", "front_right_paw"),
        ("L_F_Paw", "R_F_Paw"),
        ("leye_inner", "reye_inner"),
        ("l1", "r1"),
        ("left", "right"),
        ("L", "R"),
        ("left eye 2", "right eye 2"),
        ("LBigToe", "RBigToe"),
    ],
)
def test_a_usual_spelling_of_left_and_right_is_a_pair(left, right):
    assert mirror_pairs(["nose", left, right]) == ((1, 2),)
    assert mirror_pairs([right, "nose", left]) == ((2, 0),)
    dog = skeleton("nose", left, right)
    assert dog.flip_permutation == (0, 2, 1) and dog.num_mirror_pairs == 1
    assert mirror_fault(dog) is None and limb_mirror_fault(dog) is None


@pytest.mark.parametrize(
    "change",
    [
        str,
        str.upper,
        str.title,
        lambda k: k.replace("_", "-"),
        lambda k: k.replace("_", " "),
        lambda k: "_".join(k.split("_")[::-1]),
        lambda k: k.title().replace("_", ""),
        lambda k: k.replace("left_", "l_").replace("right_", "r_"),
        lambda k: k.title().replace("Left_", "L").replace("Right_", "R"),
        lambda k: k.replace("_", ""),
    ],
)
def test_the_joints_of_coco_in_every_spelling_have_the_same_pairs(change):
    expected = [(i, i + 1) for i in range(1, 17, 2)]
    assert list(mirror_pairs([change(k) for k in COCO17_KEYPOINTS])) == expected


@pytest.mark.parametrize(
    "names",
    [
        ("nose", "left_ear", "tail"),
        ("nose", "ear_l", "ear_x"),
        ("left_ear", "ear_left", "right_ear"),
    ],
)
def test_a_side_without_one_partner_turns_mirroring_off_and_is_named(names):
    assert mirror_pairs(names) == ()
    lonely = [
        n
        for n in names
        if "l" in n.replace("tail", "").replace("_", " ").split() or "left" in n or "right" in n
    ]
    assert unpaired_sides(names) == lonely
    assert f"no partner for {', '.join(lonely)}" in mirror_fault(skeleton(*names))


@pytest.mark.parametrize(
    "names",
    [
        ("bow", "stern", "keel"),
        ("k0", "k1", "k2"),
        ("upright", "bright", "lower"),
        ("leg", "rear", "left_right_axis"),
        ("head", "lamp", "rim"),
    ],
)
def test_names_without_sides_turn_mirroring_off(names):
    assert "no names with left and right" in mirror_fault(skeleton(*names))
    assert skeleton(*names).flip_permutation == (0, 1, 2)


@pytest.mark.parametrize(
    "mirror, pairs, fault",
    [
        ([["bow", "keel"]], (2, 1, 0), None),
        (True, (0, 1, 2), None),
        (None, (0, 1, 2), "no names"),
        (False, (0, 1, 2), "says mirror: false"),
    ],
)
def test_a_skeleton_file_overrides_what_the_names_say(mirror, pairs, fault):
    ship = skeleton("bow", "stern", "keel", mirror=mirror)
    again = skeleton_from_dict(skeleton_to_dict(ship), "again")
    assert ship.flip_permutation == again.flip_permutation == pairs and again == ship
    assert mirror_fault(again) is None if fault is None else fault in mirror_fault(again)


def test_a_file_may_forbid_mirroring_though_there_are_pairs():
    dog = skeleton("nose", "left_ear", "right_ear", mirror=False)
    assert "mirror: false" in mirror_fault(dog)
    pairs = skeleton("nose", "a", "b", flip_pairs=[["a", "b"]], mirror=False)
    assert "mirror: false" in mirror_fault(pairs) and pairs.flip_pairs == ((1, 2),)


@pytest.mark.parametrize(
    "mirror, said",
    [
        (5, "mirror is no list of pairs"),
        ("yes", "mirror is no list of pairs"),
        ([["nose", "tail"]], "names the missing keypoint 'tail'"),
        ([["nose"]], "not a pair"),
        ([["nose", "a"], ["a", "b"]], "a keypoint is in two flip pairs"),
    ],
)
def test_pairs_that_cannot_be_are_refused(mirror, said):
    with pytest.raises(BadSkeleton, match=said):
        skeleton("nose", "a", "b", mirror=mirror)


def test_the_package_s_own_skeletons_mirror_but_for_one_hand():
    faults = {
        n: mirror_fault(find_skeleton(n))
        for n in ("coco18", "coco17", "body_25", "hand_21", "submarine")
    }
    assert [name for name, fault in faults.items() if fault] == ["hand_21"]
    assert limb_mirror_fault(COCO18) is None


class Maps:
    layout = "maps"
    backend = None

    def __init__(self, skeleton):
        self.skeleton = self.network_skeleton = skeleton


def test_averaging_with_the_mirror_image_is_refused_where_it_has_other_joints():
    one_limb = skeleton(
        "nose", "left_ear", "right_ear", limbs=[["nose", "left_ear"], ["left_ear", "right_ear"]]
    )
    with pytest.raises(ValueError, match="limb nose to left_ear, but not its mirror image"):
        AveragingEstimator(Maps(one_limb), flip=True)
    with pytest.raises(ValueError, match="no names with left and right"):
        AveragingEstimator(Maps(skeleton("bow", "stern", "keel")), flip=True)
    assert AveragingEstimator(Maps(one_limb)).skeleton is one_limb


def test_a_category_of_a_coco_file_pairs_up():
    names = ["nose", "ear-left", "ear-right"]
    found = skeleton_from_category({"name": "dog", "keypoints": names}, "x")
    np.testing.assert_array_equal(found.flip_permutation, (0, 2, 1))

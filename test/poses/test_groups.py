"""Groups of joints: in skeleton files, beside poses, and from one to the other."""

from dataclasses import replace

import numpy as np
import pytest

from lightweight_openpose.poses.groups import (
    body_of,
    group_joints,
    group_skeleton,
    groups_beside,
    groups_in,
)
from lightweight_openpose.poses.mirror import limb_mirror_fault
from lightweight_openpose.poses.pose import GROUPS, Pose, missing_keypoints
from lightweight_openpose.poses.skeleton import COCO18, Skeleton
from lightweight_openpose.poses.skeleton_file import (
    find_skeleton,
    skeleton_from_dict,
    skeleton_to_dict,
)
from lightweight_openpose.poses.skeleton_map import check_shared, convert_frames, convert_pose
from people import clip, person, standing

BODY_HANDS, BODY_25, HAND = (find_skeleton(n) for n in ("body_hands", "body_25", "hand_21"))
HANDS = ("left_hand", "right_hand")


def points(count, at):
    """(count, 3) joints in a row from x = at [px], the second one not found."""
    keypoints = np.c_[at + np.arange(count), np.full(count, at), np.full(count, 0.5)]
    keypoints[1] = (np.nan, np.nan, 0)
    return keypoints.astype(np.float32)


def whole():
    """Somebody with a track id, both hands and a face."""
    return Pose(standing(), 0.7, 3, points(21, 10), points(21, 50), points(32, 90))


def same(one, other):
    assert (one.score, one.track_id) == (other.score, other.track_id)
    np.testing.assert_array_equal(one.keypoints, other.keypoints)
    assert set(one.groups) == set(other.groups)
    for name, group in one.groups.items():
        np.testing.assert_array_equal(group, other.groups[name])


def test_the_table_counts_the_joints_of_the_skeletons():
    assert {name: group_skeleton(name).num_keypoints for name in GROUPS} == GROUPS


def test_body_hands_is_coco18_and_two_hands():
    assert BODY_HANDS.keypoints == (
        *COCO18.keypoints,
        *map("_".join, ((side, joint) for side in HANDS for joint in HAND.keypoints)),
    )
    count = BODY_HANDS.num_keypoints
    assert count == 60 and [name for name, _ in BODY_HANDS.groups] == ["body", *HANDS]
    assert [joint for _, joints in BODY_HANDS.groups for joint in joints] == list(range(count))
    hand = [(a + 18, b + 18) for a, b in HAND.limbs]
    other = [(a + 21, b + 21) for a, b in hand]
    joined = [
        (BODY_HANDS.index(f"{s}_wrist"), BODY_HANDS.index(f"{s}_hand_wrist"))
        for s in ("left", "right")
    ]
    assert set(BODY_HANDS.limbs) == {*COCO18.limbs, *hand, *other, *joined}
    assert BODY_HANDS.sigmas == COCO18.sigmas + 2 * HAND.sigmas
    assert limb_mirror_fault(BODY_HANDS) is None


def test_the_feet_are_a_group_of_body_25():
    feet = [BODY_25.keypoints[joint] for joint in dict(BODY_25.groups)["feet"]]
    assert feet == [f"{s}_{p}" for s in ("left", "right") for p in ("big_toe", "small_toe", "heel")]


def test_groups_survive_their_dictionary_and_do_not_make_another_skeleton():
    again = skeleton_from_dict(skeleton_to_dict(BODY_HANDS), "here")
    assert again == BODY_HANDS and again.groups == BODY_HANDS.groups
    before = replace(BODY_25, groups=())
    assert before == BODY_25 and "groups" not in skeleton_to_dict(before)


@pytest.mark.parametrize(
    "groups, said",
    [
        ((("a", (0,)), ("a", (1,))), "a group is named twice"),
        ((("a", ()),), "has no keypoints"),
        ((("a", (0, 3)),), "missing keypoint"),
        ((("a", (-1,)),), "missing keypoint"),
        ((("a", (0,)), ("b", (1, 0))), "in two groups"),
        ((("a", (0, 0)),), "twice in one"),
    ],
)
def test_groups_that_cannot_be(groups, said):
    with pytest.raises(ValueError, match=said):
        Skeleton("fish", ("mouth", "fin", "tail"), (), (0.1,) * 3, groups=groups)


def test_there_and_back():
    one = convert_pose(whole(), COCO18, BODY_HANDS)
    assert one.keypoints.shape == (60, 3) and set(one.groups) == {"face"}
    np.testing.assert_array_equal(one.keypoints[18:39], whole().left_hand)
    np.testing.assert_array_equal(one.keypoints[39:], whole().right_hand)
    same(convert_pose(one, BODY_HANDS, COCO18), whole())


@pytest.mark.parametrize("missing", [("left_hand",), HANDS, (*HANDS, "face")])
def test_hands_that_are_missing_are_missing_there_and_back(missing):
    some = replace(whole(), **dict.fromkeys(missing))
    one = convert_pose(some, COCO18, BODY_HANDS)
    lost = one.keypoints[18:39]
    assert np.isnan(lost[:, :2]).all() and (lost[:, 2] == 0).all()
    same(convert_pose(one, BODY_HANDS, COCO18), some)


def test_a_hand_without_a_joint_is_none():
    nothing = replace(whole(), left_hand=missing_keypoints(21))
    assert set(convert_pose(nothing, COCO18, BODY_25).groups) == {"right_hand", "face"}


def test_hands_stay_beside_the_joints_of_a_skeleton_without_them():
    found = convert_pose(whole(), COCO18, BODY_25)
    assert found.keypoints.shape == (25, 3) and set(found.groups) == set(GROUPS)
    same(convert_pose(found, BODY_25, COCO18), whole())
    assert convert_pose(found, BODY_25, BODY_25) is found


def odd():
    """A body of three joints whose left hand has names of its own, and stands before it."""
    names = [*(f"paw {i}" for i in range(21)), "nose", "neck", "left_wrist"]
    limbs = [["nose", "neck"], ["neck", "left_wrist"], ["left_wrist", "paw 0"]]
    limbs += [["paw 0", f"paw {i}"] for i in range(1, 21)]
    document = {
        "name": "odd",
        "keypoints": names,
        "limbs": limbs,
        "groups": {"left_hand": names[:21], "trunk": ["neck"]},
    }
    return skeleton_from_dict(document, "odd.yaml")


def test_the_joints_of_a_hand_go_by_their_place_whatever_their_names():
    found = convert_pose(whole(), COCO18, odd())
    np.testing.assert_array_equal(found.keypoints[:21], whole().left_hand)
    assert set(found.groups) == {"right_hand", "face"}
    again = convert_pose(found, odd(), COCO18)
    np.testing.assert_array_equal(again.left_hand, whole().left_hand)
    assert again.num_keypoints == 3


def test_a_body_without_its_hands():
    for name in ("coco18", "coco17", "body_25", "hand_21", "submarine"):
        skeleton = find_skeleton(name)
        assert body_of(skeleton) is skeleton and groups_beside(skeleton) == tuple(GROUPS)
    assert body_of(BODY_HANDS) is COCO18
    assert groups_in(BODY_HANDS) == HANDS and groups_beside(BODY_HANDS) == ("face",)
    body = body_of(odd())
    assert (body.name, body.keypoints) == ("odd", ("nose", "neck", "left_wrist"))
    assert body.limbs == ((0, 1), (1, 2))
    plain = replace(BODY_HANDS, groups=())  # equal, but without groups
    assert plain == BODY_HANDS and body_of(plain) is plain


def test_skeletons_that_share_nothing():
    with pytest.raises(ValueError, match="submarine has no joint of skeleton coco18; it has head"):
        check_shared(COCO18, find_skeleton("submarine"))
    for name in ("coco17", "body_25", "body_hands"):
        check_shared(COCO18, find_skeleton(name))


def test_frames_become_those_of_a_skeleton_that_has_their_joints():
    frames = clip([[replace(person(track_id=3), left_hand=points(21, 10))], []])
    first, empty = convert_frames(frames, BODY_HANDS)
    assert first.skeleton == empty.skeleton == "body_hands"
    np.testing.assert_array_equal(first.poses[0].keypoints[18:39], points(21, 10))
    for target in (COCO18, find_skeleton("coco17"), HAND):
        assert convert_frames(frames, target) == frames
    for strange in ("whale", "body_25"):
        others = [replace(frame, skeleton=strange) for frame in frames]
        assert convert_frames(others, BODY_HANDS) == others


def test_names_of_joints_are_those_of_the_tables():
    assert group_joints("right_hand")[8] == "right_hand_index_4"

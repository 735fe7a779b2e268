from pathlib import Path

import pytest

from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import (
    BadSkeleton,
    find_skeleton,
    read_skeleton,
    skeleton_from_category,
    skeleton_from_dict,
    skeleton_to_dict,
)

FISH = {
    "name": "fish",
    "keypoints": ["mouth", "left_fin", "right_fin"],
    "limbs": [["mouth", "left_fin"], ["mouth", "right_fin"]],
}


def test_names_files_and_the_built_in_skeleton(tmp_path):
    assert find_skeleton("coco18") is COCO18
    submarine = find_skeleton("submarine")
    assert submarine.limbs == ((0, 1), (0, 2), (0, 3)) and submarine.points[1] == (-0.4, 0.3, 0.0)
    assert submarine.flip_permutation == (0, 2, 1, 3) and submarine.sigmas == (0.05,) * 4
    assert submarine.num_pafs == 6 and submarine.num_heatmaps == 5
    known = "body_25, body_hands, coco17, coco18, face_32, hand_21, submarine"
    said = f"no skeleton named 'whale' and no such file in {Path.cwd()}; known names: {known}"
    with pytest.raises(BadSkeleton, match=said):
        find_skeleton("whale")


@pytest.mark.parametrize(
    "skeleton", [COCO18, find_skeleton("submarine"), skeleton_from_dict(FISH, "here")]
)
def test_a_definition_survives_its_dictionary(skeleton):
    assert skeleton_from_dict(skeleton_to_dict(skeleton), "here") == skeleton


@pytest.mark.parametrize(
    "change, message",
    [
        (
            {"limbs": [["mouth", "left_fin"], ["mouth", "tail"]]},
            "names the missing keypoint 'tail'",
        ),
        ({"keypoints": ["mouth", "left_fin", "right_fin", "tail"]}, "no limb leads to tail"),
        ({"limbs": [["mouth", "left_fin"]]}, "3 keypoints and 1 limbs; at least 3 and 2"),
        ({"keypoints": ["mouth", "mouth", "right_fin"]}, "mouth is named twice"),
        ({"limbs": None}, "has no limbs"),
        ({"sigmas": {"tail": 0.1}}, "sigmas name the missing keypoint 'tail'"),
        ({"lengths": [1, 2, 3]}, "lengths needs a positive number for each of the 2 limbs"),
        ({"sigmas": "wide"}, "could not convert"),
        ({"points": {"mouth": [1, 2]}}, "three numbers"),
        ({"limbs": [["mouth", "mouth"], ["mouth", "left_fin"]]}, "not a pair of two keypoints"),
        ({"keypoints": [1, 2, 3], "limbs": [[1, 2], [2, 3]]}, "the name '1' is no text.*quotes"),
        ({"keypoints": ["mouth", "left_fin", False]}, "the name 'False' is no text"),
        ({"keypoints": ["mouth", "left_fin", ["right_fin"]]}, "is no text"),
        ({"keypoints": ["a\nb", "left_fin", "right_fin"]}, "is no text"),
        ({"keypoints": 5}, "keypoints is no list"),
        ({"keypoints": "mouth"}, "keypoints is no list"),
        ({"keypoints": [f"k{i}" for i in range(256)]}, "no limb|missing|more than 255"),
        ({"name": 7}, "the name '7' is no text"),
        ({"limbs": 5}, "limbs is no list"),
        ({"limbs": [5, 6]}, "limb 5 is not a pair"),
        ({"limbs": [[["mouth"], "left_fin"], ["mouth", "right_fin"]]}, "missing keypoint"),
        ({"flip_pairs": 5}, "flip_pairs is no list"),
        ({"flip_pairs": [["mouth", "tail"]]}, "flip pair .* names the missing keypoint 'tail'"),
        ({"lengths": 5}, "lengths is no list"),
        ({"lengths": [1, float("inf")]}, "lengths needs a positive number"),
        ({"sigmas": 0}, "sigmas needs positive numbers"),
        ({"sigmas": {"mouth": 0}}, "sigmas needs positive numbers"),
        ({"sigmas": float("nan")}, "sigmas needs positive numbers"),
        ({"sigmas": [0.1]}, "1 sigmas for 3 keypoints"),
        ({"sigmas": [[1], [2], [3]]}, "float"),
        ({"points": [1, 2]}, "points must name keypoints"),
        ({"points": {"mouth": [1, 2, float("nan")]}}, "finite"),
        ({"points": {"mouth": 5}}, "not iterable"),
        ({"groups": ["fins"]}, "groups is no map of names to lists"),
        ({"groups": {"fins": "left_fin"}}, "groups is no map of names to lists"),
        ({"groups": {"fins": 5}}, "groups is no map of names to lists"),
        ({"groups": {"fins": ["left_fin", "tail"]}}, "fins names the missing keypoint 'tail'"),
        ({"groups": {"fins": [["mouth"]]}}, "fins names the missing keypoint"),
        ({"groups": {"fins": []}}, "a group has no keypoints"),
        ({"groups": {"fins": ["left_fin", "left_fin"]}}, "in two groups, or twice in one"),
        ({"groups": {"a": ["mouth"], "b": ["mouth"]}}, "in two groups, or twice in one"),
        ({"groups": {7: ["mouth"]}}, "the name '7' of a group is no text"),
        ({"groups": {"a\nb": ["mouth"]}}, "of a group is no text"),
        ({"groups": {"fins": ["mouth"] * 300}}, "group fins, has more than 255 keypoints"),
        ({"groups": {"left_hand": ["left_fin"]}}, "1 keypoints, skeleton hand_21 has 21; give"),
    ],
)
def test_faults_are_named(change, message):
    with pytest.raises(BadSkeleton, match=message):
        skeleton_from_dict({**FISH, **change}, "fish.yaml")


class Counted(str):
    """A name that counts how often it is compared."""

    comparisons = 0
    __hash__ = str.__hash__

    def __eq__(self, other):
        Counted.comparisons += 1
        return str.__eq__(self, other)


@pytest.mark.parametrize(
    "field, many, message",
    [
        ("keypoints", [Counted(f"k{i}") for i in range(40_000)], "more than 255 keypoints"),
        ("limbs", [["mouth", "left_fin"]] * 100_000, "more than 1024 limbs"),
        ("flip_pairs", [["mouth", "left_fin"]] * 100_000, "more than"),
    ],
)
def test_too_many_are_refused_before_each_is_compared_with_each(field, many, message):
    Counted.comparisons = 0
    with pytest.raises(BadSkeleton, match=message):
        skeleton_from_dict({**FISH, field: many}, "fish.yaml")
    assert Counted.comparisons == 0


def test_a_category_of_40000_names_is_refused():
    category = {"name": "fish", "keypoints": [f"k{i}" for i in range(40_000)]}
    with pytest.raises(BadSkeleton, match="fish has more than 255 keypoints"):
        skeleton_from_category(category, "labels.json")


def test_files_that_are_no_skeleton(tmp_path):
    for text, message in (
        ("{", "is no YAML"),
        ("name: x\nlimbs:\n\t- [a, b]", "is no YAML"),
        ("a: &a [*a]", "more than 100000 values"),
        ("- 1", "needs the fields"),
        ("name: x", "no keypoints and no limbs"),
    ):
        path = tmp_path / "s.yaml"
        path.write_text(text)
        with pytest.raises(BadSkeleton, match=message):
            read_skeleton(path)


def test_a_coco_category_gives_a_skeleton_also_without_limbs():
    category = {
        "name": "drone",
        "keypoints": ["body", "left_arm", "right_arm"],
        "skeleton": [[1, 2], [3, 1]],
    }
    assert skeleton_from_category(category, "labels.json").limbs == ((0, 1), (2, 0))
    without = {**category, "skeleton": []}
    assert skeleton_from_category(without, "labels.json").limbs == ((0, 1), (0, 2))
    said = "labels.json, category drone: `skeleton` names a keypoint that is not among"
    with pytest.raises(BadSkeleton, match=said):
        skeleton_from_category({**category, "skeleton": [[1, 2], [1, 9]]}, "labels.json")
    with pytest.raises(BadSkeleton, match="has no keypoints"):
        skeleton_from_category({"name": "drone"}, "labels.json")

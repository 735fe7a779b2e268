"""The network of hands that is part of the package: complete, the same in all runtimes, and what
`true` stands for.
"""

import numpy as np
import pytest

from drawn_hand import ARM, JOINTS, SIZE, drawn_hand
from lightweight_openpose.backends.choice import installed
from lightweight_openpose.estimation import PoseEstimator
from lightweight_openpose.estimation.hand_networks import SideCrop
from lightweight_openpose.estimation.hands import OWN_HAND
from lightweight_openpose.estimation.second_networks import load_hands
from lightweight_openpose.zoo import catalogue as zoo

BACKENDS = ("openvino", "onnxruntime", "torch")


def network(backend):
    if not installed(backend):
        pytest.skip(f"{backend} is not installed")
    return load_hands("true", backend, "cpu").network


def look_twice(hands, side, image=None):
    """What is seen of the drawn hand, or of another image, at the first and at the second look."""
    image = drawn_hand() if image is None else image
    (first,) = hands(image, [SideCrop(side, hands.from_arm(side, ARM))])
    (second,) = hands(image, [SideCrop(side, hands.around(side, first.keypoints))])
    return first, second


def off(hand, joints=JOINTS):
    """(21,) distances of the joints found from others, over the size of the drawn hand."""
    return np.linalg.norm(hand.keypoints[:, :2] - joints, axis=1) / np.ptp(JOINTS, 0).max()


def test_all_files_are_in_the_package_and_small():
    entry, main = zoo.resolve(OWN_HAND)
    assert main.parent == zoo.share_dir() / "models"
    assert set(zoo.verify(entry, main).values()) == {"verified"}
    sizes = {item.name: item.size for item in entry.files}
    assert sizes["own-hand-int8.xml"] + sizes["own-hand-int8.bin"] <= 2e6


@pytest.mark.parametrize("word", [True, "true", "auto"])
def test_yes_stands_for_it(word):
    hands = PoseEstimator.load(hands=word).hands
    named = load_hands(OWN_HAND)
    assert hands.network.network.side == named.network.network.side == 112
    assert PoseEstimator.load(hands=False).hands is None


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_hand_is_seen_where_it_is_drawn(backend):
    first, second = look_twice(network(backend), "right")
    assert first.presence > 0.5 and second.presence > 0.5
    assert np.median(off(second)) < 0.1


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_hand_is_seen_where_none_is(backend):
    for value in (0, 128):
        first, _ = look_twice(network(backend), "right", np.full((SIZE, SIZE, 3), value, np.uint8))
        assert first.presence < 0.5


def test_all_runtimes_give_the_same_joints():
    exact, _ = look_twice(network("torch"), "right")
    for backend in BACKENDS[:2]:
        rounded, _ = look_twice(network(backend), "right")
        assert off(rounded, exact.keypoints[:, :2]).mean() < 0.04, backend
        assert rounded.presence == pytest.approx(exact.presence, abs=0.1)

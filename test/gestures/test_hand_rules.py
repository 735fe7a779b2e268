"""Fingers and gestures of hands that are made, so that the answers are known."""

import numpy as np
import pytest

from lightweight_openpose.gestures.hand_rules import (
    NO_GESTURE,
    Fingers,
    fingers_of,
    gesture_of,
    palm_length,
)
from people import FINGERS, hand

FIST, OPEN_PALM, POINTING, THUMB_UP = "fist", "open_palm", "pointing", "thumb_up"

FOUR = tuple(FINGERS)
UPWARDS = -np.pi / 2  # turn of a hand whose thumb is across, so that it is up
SCALES_AND_TURNS = [(0.3, 0.0), (1.0, 0.4), (1.0, -0.5), (3.0, 0.0)]
INDEX_TIP, LITTLE_TIP, THUMB_TIP, INDEX_KNUCKLE = 8, 20, 4, 5


def thumb_up(side="right", **changes):
    turn = UPWARDS if side == "right" else -UPWARDS
    return hand(thumb="across", side=side, **{"turn": turn, **changes})


def without(joints, *missing):
    joints = joints.copy()
    joints[list(missing)] = np.nan, np.nan, 0
    return joints


@pytest.mark.parametrize("turn", np.linspace(-3, 3, 7))
@pytest.mark.parametrize("count", range(5))
def test_fingers_are_counted_at_any_size_and_rotation(count, turn):
    for side in ("left", "right"):
        for scale in (0.3, 1.0, 4.0):
            joints = hand(FOUR[:count], "in", turn, scale, side)
            assert fingers_of(joints) == (False, *(i < count for i in range(4)))
            joints = hand(FOUR[:count], "out", turn, scale, side)
            assert fingers_of(joints).count == count + 1


@pytest.mark.parametrize("scale, turn", SCALES_AND_TURNS)
@pytest.mark.parametrize("side", ["left", "right"])
def test_gestures(side, scale, turn):
    more = {"scale": scale, "turn": turn, "side": side}
    assert gesture_of(hand(FOUR, "out", **more), side) == OPEN_PALM
    assert gesture_of(hand((), "in", **more), side) == FIST
    assert gesture_of(hand(("index",), "in", **more), side) == POINTING
    assert gesture_of(hand(("index",), "out", **more), side) == POINTING
    assert gesture_of(thumb_up(side, scale=scale), side) == THUMB_UP
    assert gesture_of(hand(("index", "middle"), "in", **more), side) == NO_GESTURE


def test_the_back_of_a_hand_is_no_open_palm_whichever_side():
    for side in ("left", "right"):
        assert gesture_of(hand(FOUR, "out", side=side, back=True), side) == NO_GESTURE
        other = "left" if side == "right" else "right"
        assert gesture_of(hand(FOUR, "out", side=side), other) == NO_GESTURE


def test_a_hand_seen_from_its_edge_or_hanging_is_no_open_palm():
    edge = hand(FOUR, "out")
    edge[:, 0] = 400 + 0.3 * (edge[:, 0] - 400)
    assert gesture_of(edge, "right") == NO_GESTURE
    assert gesture_of(hand(FOUR, "out", turn=np.pi), "right") == NO_GESTURE


def test_a_folded_thumb_over_the_palm_is_no_open_palm():
    joints = hand(FOUR, "in")
    assert fingers_of(joints).count == 4 and gesture_of(joints, "right") == NO_GESTURE


@pytest.mark.parametrize("turn, gesture", [(0, POINTING), (1.6, POINTING), (2.9, NO_GESTURE)])
def test_a_finger_that_hangs_down_does_not_point(turn, gesture):
    assert gesture_of(hand(("index",), "in", turn), "right") == gesture


def test_other_fingers_do_not_point():
    for name in ("middle", "ring", "little"):
        assert gesture_of(hand((name,), "in"), "right") == NO_GESTURE


def test_a_finger_that_points_at_the_camera_is_short_and_not_told():
    joints = hand(("index",), "in")
    joints[6:9, :2] = joints[5, :2] + 0.3 * (joints[6:9, :2] - joints[5, :2])
    assert fingers_of(joints).index is None and gesture_of(joints, "right") == NO_GESTURE


def test_a_half_bent_finger_is_neither():
    joints = hand(FOUR, "out")
    joints[7, :2], joints[8, :2] = joints[6, :2] + (30, -8), joints[6, :2] + (45, 3)
    assert fingers_of(joints).index is None and fingers_of(joints).count is None
    assert gesture_of(joints, "right") == NO_GESTURE


@pytest.mark.parametrize("turn", [0.0, np.pi / 2, np.pi])
def test_a_thumb_to_the_side_or_down_is_not_up(turn):
    assert gesture_of(thumb_up(turn=turn), "right") == NO_GESTURE


def test_no_hand_and_one_too_small_cannot_be_told():
    assert fingers_of(None) is None and gesture_of(None, "left") is None
    small = hand(FOUR, "out", scale=0.1)
    assert np.ptp(small[:, :2], axis=0).max() < 20
    assert fingers_of(small) is None and gesture_of(small, "right") is None
    assert gesture_of(np.full((21, 3), np.nan), "right") is None
    nowhere = hand(FOUR, "out")
    nowhere[:, :2] = 5
    assert gesture_of(nowhere, "right") is None


def test_missing_joints_take_their_finger_alone():
    joints = without(hand(FOUR, "in"), INDEX_TIP)
    assert fingers_of(joints) == Fingers(False, None, True, True, True)
    joints = without(hand(FOUR, "in"), THUMB_TIP)
    assert fingers_of(joints) == Fingers(None, True, True, True, True)
    assert fingers_of(without(hand(FOUR, "in"), 0)) is None
    assert gesture_of(without(hand(("index",), "in"), INDEX_TIP), "right") == NO_GESTURE


def test_not_a_number_with_a_score_is_missing():
    joints = hand(FOUR, "in")
    joints[LITTLE_TIP, 0] = np.nan
    assert fingers_of(joints).little is None and fingers_of(joints).index
    joints[INDEX_KNUCKLE, 1] = np.inf
    assert fingers_of(joints).index is None


def test_nothing_is_told_of_single_joints():
    for kept in range(21):
        joints = without(hand(FOUR, "out"), *(i for i in range(21) if i != kept))
        assert fingers_of(joints) is None and gesture_of(joints, "right") is None
    rng = np.random.RandomState(0)
    for _ in range(200):
        lost = rng.choice(21, rng.randint(21), replace=False)
        gesture_of(without(hand(FOUR, "out"), *lost), "left")


def test_a_gesture_goes_on_within_the_laxer_bounds():
    joints = hand(FOUR, "out", turn=1.3)  # between the two
    assert gesture_of(joints, "right") == NO_GESTURE
    assert gesture_of(joints, "right", held=OPEN_PALM) == OPEN_PALM
    assert gesture_of(joints, "right", held=FIST) == NO_GESTURE


def test_length_of_the_palm_needs_wrist_and_knuckles():
    points = hand()[:, :2]
    assert palm_length(points) == pytest.approx(100, rel=0.02)
    points[[5, 9, 13]] = np.nan
    assert palm_length(points) is None

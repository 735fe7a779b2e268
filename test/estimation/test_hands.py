"""Which hands are looked at where, which of them are believed, and how they are followed."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lightweight_openpose.estimation.hand_networks import JointHands, SeenHand
from lightweight_openpose.estimation.hands import OWN_HAND, HandEstimator
from lightweight_openpose.estimation.second_networks import named
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.tracking.tracker import Tracker
from people import standing

IMAGE = np.zeros((480, 640, 3), np.uint8)
WRIST = {side: COCO18.index(f"{side}_wrist") for side in ("left", "right")}


def hand_at(wrist, size=30.0, score=0.9):
    """(21, 3) joints of a hand that hangs below a wrist [px]."""
    fan = [(0.25 * (finger - 2), 0.25 * joint) for finger in range(5) for joint in range(1, 5)]
    places = np.array([(0, 0), *fan]) * size + wrist
    return np.c_[places, np.full(21, score)].astype(np.float32)


class World(JointHands):
    """A network that sees the hands of the world: of each crop the one nearest to its middle."""

    def __init__(self, hands):
        super().__init__(SimpleNamespace(tells_sides=True))
        self.hands, self.calls = hands, []

    def __call__(self, image, crops):
        self.calls.append(list(crops))
        return [self._nearest(crop) for _, crop in crops]

    def _nearest(self, crop):
        def off(hand):
            return np.linalg.norm(hand[:, :2].mean(0) - (crop.x, crop.y))

        inside = [hand for hand in self.hands if off(hand) < crop.side / 2]
        if not inside:
            return SeenHand(hand_at((crop.x, crop.y), score=0.01), 0.01)
        hand = min(inside, key=off)
        return SeenHand(hand, float(hand[0, 2]))

    @property
    def looks(self):
        return [len(call) for call in self.calls if call]


def person(x=200.0, track_id=-1, **changes):
    return Pose(standing(x, 100, size=1.5, **changes), 0.9, track_id)


def hands_of(pose, **options):
    """What an image with this person shows."""
    return [hand_at(pose.keypoints[row, :2], **options) for row in WRIST.values()]


def test_a_new_hand_is_looked_at_twice_and_the_second_crop_holds_it():
    pose = person()
    world = World(hands_of(pose))
    (done,) = HandEstimator(world).complete(IMAGE, [pose])
    assert world.looks == [2, 2]
    for (side, crop), hand in zip(world.calls[1], world.hands):
        assert crop == world.around(side, hand)
    np.testing.assert_array_equal(done.left_hand, world.hands[0])
    np.testing.assert_array_equal(done.right_hand, world.hands[1])
    assert done.keypoints is pose.keypoints


def test_a_hand_of_somebody_with_an_id_is_followed_by_one_look():
    before = person(track_id=3)
    world = World(hands_of(before))
    estimator = HandEstimator(world)
    (before,) = estimator.complete(IMAGE, [before])
    world.calls.clear()
    now = person(207, track_id=3)  # moved by 7 px
    (done,) = estimator.complete(IMAGE, [now], before=[before])
    assert world.looks == [2]
    moved = before.left_hand + np.float32([7, 0, 0])
    assert world.calls[0][0].crop == pytest.approx(world.around("left", moved))
    assert done.left_hand is not None and done.right_hand is not None
    for now, then in ((4, 3), (-1, -1)):  # somebody else; nobody knows
        world.calls.clear()
        last = replace(before, track_id=then)
        estimator.complete(IMAGE, [person(207, track_id=now)], before=[last])
        assert world.looks == [2, 2]


def test_a_hand_is_followed_where_its_arm_is_not_seen_any_more():
    arm = dict.fromkeys(("left_shoulder", "left_elbow", "left_wrist"))
    world = World(hands_of(person()))
    estimator = HandEstimator(world)
    (before,) = estimator.complete(IMAGE, [person(track_id=3)])
    (done,) = estimator.complete(IMAGE, [person(track_id=3, **arm)], before=[before])
    np.testing.assert_array_equal(done.left_hand, before.left_hand)
    (alone,) = estimator.complete(IMAGE, [person(track_id=3, **arm)])
    assert alone.left_hand is None and alone.right_hand is not None
    world.hands = [h + np.float32([25, 25, 0]) for h in world.hands]  # farther than its own size
    (jumped,) = estimator.complete(IMAGE, [person(track_id=3, **arm)], before=[before])
    assert jumped.left_hand is None


@pytest.mark.parametrize("score, there", [(0.49, False), (0.51, True)])
def test_a_hand_is_none_below_a_half(score, there):
    pose = person()
    (done,) = HandEstimator(World(hands_of(pose, score=score))).complete(IMAGE, [pose])
    assert (done.left_hand is not None) == (done.right_hand is not None) == there


def test_a_crop_that_shows_hardly_anything_gets_no_second_look():
    pose = person()
    world = World(hands_of(pose, score=0.1))
    HandEstimator(world).complete(IMAGE, [pose])
    assert world.looks == [2]


def test_a_lost_hand_is_looked_for_by_its_arm_again():
    world = World([])
    estimator = HandEstimator(world)
    (lost,) = estimator.complete(
        IMAGE, [person(track_id=3)], before=[replace(person(track_id=3), left_hand=hand_at((0, 0)))]
    )
    assert lost.left_hand is None
    world.hands = hands_of(person())
    (found,) = estimator.complete(IMAGE, [person(track_id=3)], before=[lost])
    assert found.left_hand is not None


def test_a_hand_that_is_off_the_wrist_of_the_body_is_dropped():
    pose = person()
    for off, there in ((20, True), (40, False)):
        world = World([hand + np.float32([0, off, 0]) for hand in hands_of(pose)])
        (done,) = HandEstimator(world).complete(IMAGE, [pose])
        assert (done.left_hand is not None) == there


def test_one_hand_is_not_both_hands_of_somebody():
    """Wrists side by side, and one hand that covers the other."""
    right = standing()[WRIST["right"], :2]
    pose = person(left_wrist=tuple(right + (6, 0)), left_elbow=tuple(right + (6, -20)))
    world = World([hand_at(pose.keypoints[WRIST["right"], :2])])
    (done,) = HandEstimator(world).complete(IMAGE, [pose])
    assert done.right_hand is not None and done.left_hand is None


def test_of_too_many_hands_the_largest_are_always_seen_and_the_rest_in_turn():
    poses = [person(60 + 150 * i) for i in range(3)]
    poses[1] = Pose(standing(200, 100, size=2.0), 0.9)
    estimator = HandEstimator(World([h for p in poses for h in hands_of(p)]), max_hands=3)
    turns = []
    for _ in range(8):
        done = estimator.complete(IMAGE, poses)
        turns.append([h is not None for p in done for h in (p.left_hand, p.right_hand)])
    assert [sum(turn) for turn in turns] == [3] * 8
    counts = np.sum(turns, axis=0)
    assert counts[2:4].tolist() == [8, 8] and sorted(counts[[0, 1, 4, 5]]) == [2, 2, 2, 2]
    assert estimator.left_out == 8 * 3


def test_arms_whose_hands_were_not_found_take_turns():
    """Three people without hands: one look in each image; in six images each arm had one."""
    poses = [person(60 + 150 * i, track_id=i) for i in range(3)]
    world = World([])
    estimator = HandEstimator(world, max_hands=6)
    before = estimator.complete(IMAGE, poses)
    assert world.looks == [6]
    for _ in range(5):
        before = estimator.complete(IMAGE, poses, before=before)
    assert world.looks == [6, 1, 1, 1, 1, 1] and estimator.left_out == 0
    world.hands = [hand for pose in poses for hand in hands_of(pose)]
    found = []
    for _ in range(6):
        before = estimator.complete(IMAGE, poses, before=before)
        found.append(sum(h is not None for p in before for h in (p.left_hand, p.right_hand)))
    assert found == [1, 2, 3, 4, 5, 6]


def test_a_tracker_asks_for_hands_when_ids_are_known_and_smooths_them():
    tracker, asked = Tracker(COCO18), []

    def complete(poses, before):
        asked.append(([p.track_id for p in poses], [p.track_id for p in before]))
        return [replace(p, left_hand=hand_at((100 + 8 * (len(asked) % 2), 100))) for p in poses]

    hands = []
    for i in range(4):
        (pose,) = tracker.update([person()], i / 30, complete=complete)
        hands.append(pose.left_hand[0, 0])
    assert asked == [([-1], []), ([0], [-1]), ([0], [0]), ([0], [0])]
    assert hands[:2] == [108, 100] and 100 < hands[2] < 108 and 100 < hands[3] < 108
    tracker.update([person()], 0.0, complete=complete)  # time goes back
    assert asked[-1] == ([-1], [])


@pytest.mark.parametrize(
    "word, expected",
    [
        ("", None),
        (False, None),
        ("false", None),
        ("off", None),
        (True, OWN_HAND),
        ("true", OWN_HAND),
        ("True", OWN_HAND),
        ("mediapipe-hand", "mediapipe-hand"),
    ],
)
def test_a_boolean_word_stands_for_the_network_of_the_package(word, expected):
    assert named(word, OWN_HAND) == expected

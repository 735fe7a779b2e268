"""The recipes for gestures in doc/development.md: a rule of a body, and one of a hand."""

from dataclasses import dataclass

import numpy as np
import pytest

from lightweight_openpose.gestures import body_rules, hand_rules
from lightweight_openpose.gestures.body_rules import BodyRule
from lightweight_openpose.gestures.gesture_tracker import GestureTracker
from lightweight_openpose.gestures.hand_rules import HandRule, gesture_of
from lightweight_openpose.gestures.hand_tracker import HandTracker
from lightweight_openpose.gestures.held import Held
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.settings import ranged
from people import hand, standing


@dataclass(frozen=True)
class CrossedSettings:
    """When arms are crossed."""

    apart: float = ranged(0.1, 0.0, 1.0, "least of the wrists, past each other", "torsos")
    apart_held: float = ranged(0.0, 0.0, 1.0, "as long as they are crossed", "torsos")
    hold: float = ranged(0.2, 0.0, 10.0, "that a change must last", "s")


class Crossed(BodyRule):
    """The wrists of the arms change places."""

    name = "crossed"
    settings = CrossedSettings
    nothing = {"arms_crossed": False}

    def __init__(self, settings):
        super().__init__(settings)
        self._held = Held(settings.hold, False)

    def update(self, frame):
        wrists, torso = frame.found("left_wrist", "right_wrist"), frame.torso()
        seen = None
        if len(wrists) == 2 and torso is not None:
            past = wrists[1][0] - wrists[0][0]  # the left one is on the right of who faces us
            seen = bool(past > self.bound("apart", self._held.value) * torso)
        return {"arms_crossed": self._held.update(seen, frame.stamp)}


@dataclass(frozen=True)
class ScissorsSettings:
    """When two fingers are apart."""

    spread: float = ranged(0.2, 0.0, 3.0, "least from tip to tip", "palms")
    spread_held: float = ranged(0.1, 0.0, 3.0, "as long as they are", "palms")


class Scissors(HandRule):
    """Index and middle finger alone, apart."""

    name = "scissors"
    settings = ScissorsSettings

    def shows(self, hand):
        if hand.fingers[1:] != (True, True, False, False):
            return False
        apart = np.linalg.norm(hand.points[8] - hand.points[12])
        return bool(apart > self.bound("spread") * hand.palm)


@pytest.fixture()
def crossed():
    yield body_rules.register(Crossed)
    del body_rules.RULES[Crossed.name]


@pytest.fixture()
def scissors():
    yield hand_rules.register(Scissors)
    del hand_rules.RULES[Scissors.name]


def follow(tracker, frame):
    for i in range(10):
        result = tracker.update(frame, 5 + i / 10)
    return result


def test_a_rule_of_a_body_is_followed_with_the_others(crossed):
    folded = standing(left_wrist=(88, 80), right_wrist=(112, 80))
    found = follow(GestureTracker(COCO18), folded)
    assert found.arms_crossed and not found.raised["left"]
    assert found.fields()["arms_crossed"] is True
    assert found.fields()["pointing_arm"] == "NO_ARM"
    assert not follow(GestureTracker(COCO18), standing()).arms_crossed


def test_its_parameters_count(crossed):
    folded = standing(left_wrist=(88, 80), right_wrist=(112, 80))
    assert body_rules.default_settings()["crossed"] == CrossedSettings()
    strict = GestureTracker(COCO18, {"crossed": CrossedSettings(apart=0.9)})
    assert not follow(strict, folded).arms_crossed
    with pytest.raises(ValueError, match="there is a rule crossed already"):
        body_rules.register(crossed)


def test_a_rule_of_a_hand_is_a_gesture(scissors):
    shown = hand(("index", "middle"), "in")
    assert gesture_of(shown, "right") == "scissors"
    assert follow(HandTracker("right"), shown).gesture == "scissors"
    assert gesture_of(hand(("index",), "in"), "right") == "pointing"
    spread = ScissorsSettings(spread=2.0)
    assert gesture_of(shown, "right", rules={"scissors": spread}) == "none"
    assert gesture_of(shown, "right", held="scissors", rules={"scissors": spread}) == "scissors"
    with pytest.raises(ValueError, match="there is a rule scissors already"):
        hand_rules.register(scissors)


@pytest.mark.parametrize("rules", [body_rules, hand_rules])
def test_each_bound_has_a_laxer_one_beside_it(rules):
    for settings in rules.default_settings().values():
        names = vars(settings)
        for name in (name for name in names if name.endswith("_held")):
            assert name[: -len("_held")] in names


def test_each_value_is_a_field_or_a_constant_of_the_messages():
    messages = pytest.importorskip("lightweight_openpose.msg", reason="needs the catkin workspace")
    fields = GestureTracker(COCO18).update(standing(), 0.1).fields()
    of_the_node = {"track_id", "left_hand", "right_hand"}
    assert fields.keys() | of_the_node == set(messages.PersonEvents.__slots__)
    constants = [value for value in fields.values() if isinstance(value, str)]
    assert all(isinstance(getattr(messages.PersonEvents, name), int) for name in constants)
    for name in ("unknown", *hand_rules.RULES, hand_rules.NO_GESTURE):
        assert isinstance(getattr(messages.HandGesture, name.upper()), int)

"""What a hand does over time, and where its index finger points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, NamedTuple, Optional

import numpy as np

from .hand_rules import HandSettings, fingers_of, gesture_of
from .hand_rules.pointing import Pointing
from .held import Held

UNKNOWN = "unknown"  # no hand was seen, or one of which nothing is known

_INDEX = slice(5, 9)  # joints of the index finger in hand_21, from knuckle to tip
_FINGER = (0.03, 0.12)  # m from its first joint with depth to its last
_OFF_LINE = 0.015  # m that a joint of a straight finger may be off the line through all
_FEWEST = 3  # joints with depth


class Ray(NamedTuple):
    """Where a finger points."""

    origin: np.ndarray  # (3,) [m] the end of the finger
    direction: np.ndarray  # (3,) unit vector, out of the finger


@dataclass
class HandState:
    """What a hand does at a time."""

    gesture: str = UNKNOWN  # "none", or the name of a rule of hand_rules
    fingers: Optional[int] = None  # stretched out, 0..5; None: not each of them is sure
    angle: float = float("nan")  # where it points in the image [rad], 0 right, positive downwards
    ray: Optional[Ray] = None  # where it points in space, with depth


class HandTracker:
    """Gestures of one hand of one person from frame to frame."""

    def __init__(
        self,
        side: str,
        config: HandSettings = HandSettings(),
        rules: Optional[Mapping[str, Any]] = None,
    ):
        """side: "left" or "right", the person's own; rules: settings by the names of rules."""
        self._side = side
        self._config = config
        self._rules = rules
        self._gesture = Held(config.hold, UNKNOWN, config.lost)
        self._fingers: Held[Optional[int]] = Held(config.hold, None, config.lost)

    def update(
        self, hand: Optional[np.ndarray], stamp: float, points: Optional[np.ndarray] = None
    ) -> HandState:
        """What the hand does after a frame.

        hand: (21, 3) [x px, y px, score], None: not found; stamp: [s]; points: (21, >= 3) [m] with
        measured depth, NaN where there is none.
        """
        seen = gesture_of(hand, self._side, self._config, self._gesture.value, self._rules)
        gesture = self._gesture.update(seen, stamp)
        state = HandState(gesture, self._fingers.update(self._count(hand), stamp))
        if gesture == Pointing.name and hand is not None:
            state.angle = _angle(hand)
            state.ray = None if points is None else ray_of(points)
        return state

    def _count(self, hand: Optional[np.ndarray]) -> Optional[int]:
        """How many fingers are stretched out; as many as before, where the laxer bounds say so."""
        lax = fingers_of(hand, self._config, going_on=True)
        if lax is not None and lax.count is not None and lax.count == self._fingers.value:
            return lax.count
        fingers = fingers_of(hand, self._config)
        return None if fingers is None else fingers.count


def _angle(hand: np.ndarray) -> float:
    """Angle of the index finger in the image [rad], NaN where one of its ends is missing."""
    knuckle, tip = hand[_INDEX][[0, -1]].astype(float)
    if not (knuckle[2] > 0 and tip[2] > 0):
        return float("nan")
    return float(np.arctan2(tip[1] - knuckle[1], tip[0] - knuckle[0]))


def ray_of(points: np.ndarray) -> Optional[Ray]:
    """Where the index finger of a hand in metres points, None without depth that makes sense.

    points: (21, >= 3) [m], NaN where there is no depth. The finger is the line through its joints.
    A joint far off that line, or a finger much longer or shorter than fingers are, has the depth of
    what is seen next to it.
    """
    finger = np.asarray(points, float)[_INDEX, :3]
    finger = finger[np.isfinite(finger).all(axis=1)]
    if len(finger) < _FEWEST:
        return None
    length = np.linalg.norm(finger[-1] - finger[0])
    if not _FINGER[0] <= length <= _FINGER[1]:
        return None
    middle = finger.mean(axis=0)
    direction = np.linalg.svd(finger - middle)[2][0]
    if direction @ (finger[-1] - finger[0]) < 0:
        direction = -direction
    along = (finger - middle) @ direction
    off = np.linalg.norm(finger - middle - along[:, None] * direction, axis=1)
    if off.max() > _OFF_LINE:
        return None
    return Ray(middle + along.max() * direction, direction)

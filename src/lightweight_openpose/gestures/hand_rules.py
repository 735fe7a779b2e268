"""What one frame says of a hand: which fingers are stretched out, and the gesture that this is.

A hand is (21, 3) [x px, y px, score] of skeleton hand_21. Lengths are relative to its palm, so that
neither the size nor the rotation of the hand matters. `up` is up in the image: the camera is taken
to stand upright. A bound is the laxer, the longer a gesture holds: see HandConfig.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, NamedTuple, Optional, Tuple

import numpy as np

from .rules import Bound

NO_GESTURE = "none"
OPEN_PALM = "open_palm"
FIST = "fist"
POINTING = "pointing"
THUMB_UP = "thumb_up"

_WRIST = 0
_KNUCKLES = (5, 9, 13, 17)  # of index, middle, ring and little finger
_THUMB = (2, 3, 4)
_LITTLE = 0.8  # length of the little finger to that of the others
_WIDTH = 1.3  # lengths of the palm to the width of the knuckles


@dataclass(frozen=True)
class HandConfig:
    """Each rule has a bound to begin and a laxer one to go on; a change must last."""

    straight: Bound = (0.95, 0.9)  # of a finger: knuckle to tip over the length along its joints
    long: Bound = (0.5, 0.42)  # knuckle to tip of a stretched finger [palms]
    folded: Bound = (-0.08, 0.05)  # tip of a folded finger beyond its middle joint [palms]
    closed: Bound = (0.3, 0.45)  # tip of a folded finger beyond its knuckle [palms]
    short: Bound = (0.6, 0.7)  # knuckle to tip of a folded finger [palms]
    thumb_off: Bound = (0.35, 0.28)  # tip of a stretched thumb to all other fingers [palms]
    thumb_in: float = 0.35  # tip of a folded thumb to the middle of the knuckles [palms]
    palm: Bound = (0.27, 0.18)  # area of the palm that the camera sees [palms^2]
    upright: Bound = (1.2, 1.4)  # angle of the open hand to the vertical [rad]
    thumb_up: Bound = (0.8, 1.0)  # angle of the thumb to the vertical [rad]
    pointing_long: Bound = (0.65, 0.55)  # as long, of the index finger that points [palms]
    pointing_bent: Bound = (0.8, 1.0)  # its angle to the back of the hand [rad]
    pointing_closed: Bound = (0.05, 0.2)  # as closed, of the three fingers beside it [palms]
    hanging: Bound = (0.8, 0.7)  # least angle of a pointing finger to straight down [rad]
    min_size: float = 20.0  # longer side of the box around the joints [px]
    hold: float = 0.3  # [s] that a change must last
    lost: float = 1.0  # [s] without the hand after which its gesture ends


class Fingers(NamedTuple):
    """Whether each finger is stretched out: True, False (folded), or None where neither is sure."""

    thumb: Optional[bool] = None
    index: Optional[bool] = None  # type: ignore[assignment]
    middle: Optional[bool] = None
    ring: Optional[bool] = None
    little: Optional[bool] = None

    @property
    def count(self) -> Optional[int]:  # type: ignore[override]
        """How many are stretched out; None unless each of them is told."""
        return None if None in self else sum(bool(finger) for finger in self)


class _Bounds(NamedTuple):
    """One value of each Bound of HandConfig: those to begin, or those to go on."""

    straight: float
    long: float
    folded: float
    closed: float
    short: float
    thumb_off: float
    palm: float
    upright: float
    thumb_up: float
    pointing_long: float
    pointing_bent: float
    pointing_closed: float
    hanging: float

    @classmethod
    def of(cls, config: HandConfig, going_on: bool) -> _Bounds:
        return cls(*(getattr(config, name)[int(going_on)] for name in cls._fields))


def fingers_of(
    hand: Optional[np.ndarray], config: HandConfig = HandConfig(), going_on: bool = False
) -> Optional[Fingers]:
    """Which fingers are stretched out; None without a hand, and of one too small to tell.

    A finger of which a joint is missing is None. going_on: by the laxer bounds.
    """
    measured = _Hand.of(hand, "", config, going_on)
    return None if measured is None else measured.fingers


def gesture_of(
    hand: Optional[np.ndarray],
    side: str,
    config: HandConfig = HandConfig(),
    held: str = NO_GESTURE,
) -> Optional[str]:
    """The gesture of a hand in one frame, None where it cannot be told.

    side: "left" or "right", the person's own; held: the gesture until now, which goes on within
    the laxer bounds.
    """
    measured = _Hand.of(hand, side, config, going_on=False)
    if measured is None:
        return None
    lax = _Hand.of(hand, side, config, going_on=True)
    if held in _GESTURES and lax is not None and _GESTURES[held](lax):
        return held
    seen = (name for name, shows in _GESTURES.items() if shows(measured))
    return next(seen, None if measured.fingers == Fingers() else NO_GESTURE)


def palm_length(points: np.ndarray) -> Optional[float]:
    """Length of the palm [px], by the knuckles' distance from the wrist or their width.

    points: (21, 2) [px], NaN where missing. None without the wrist or two of the knuckles.
    """
    lengths = np.linalg.norm(points[list(_KNUCKLES)] - points[_WRIST], axis=1)
    if np.isfinite(lengths).sum() < 2:
        return None
    width = _WIDTH * np.linalg.norm(points[_KNUCKLES[0]] - points[_KNUCKLES[-1]])
    longest = float(np.nanmax([*lengths, width]))
    return longest if longest > 1 else None


def _points(hand: Optional[np.ndarray], config: HandConfig) -> Optional[np.ndarray]:
    """(21, 2) [px], NaN where missing; None without a hand of some size."""
    if hand is None:
        return None
    hand = np.asarray(hand, float)
    found = (hand[:, 2] > 0) & np.isfinite(hand[:, :2]).all(axis=1)
    if found.sum() < 2 or np.ptp(hand[found, :2], axis=0).max() < config.min_size:
        return None
    return np.where(found[:, None], hand[:, :2], np.nan)


def _fingers(points: np.ndarray, palm: float, bounds: _Bounds, config: HandConfig) -> Fingers:
    rest = (_finger(points, knuckle, palm, bounds) for knuckle in _KNUCKLES)
    return Fingers(_thumb(points, palm, bounds, config), *rest)


def _finger(points: np.ndarray, knuckle: int, palm: float, bounds: _Bounds) -> Optional[bool]:
    joints = points[knuckle : knuckle + 4]
    if not np.isfinite(joints).all() or not np.isfinite(points[_WRIST]).all():
        return None
    chord, straight = _chord(joints)
    beyond = np.linalg.norm(joints - points[_WRIST], axis=1) / palm  # by distance from the wrist
    outwards = bool((np.diff(beyond) > 0).all())
    long = bounds.long * palm * (_LITTLE if knuckle == _KNUCKLES[-1] else 1.0)
    if outwards and straight > bounds.straight and chord > long:
        return True
    back = beyond[3] - beyond[1] < bounds.folded and beyond[3] - beyond[0] < bounds.closed
    return False if back and chord < bounds.short * palm else None


def _thumb(points: np.ndarray, palm: float, bounds: _Bounds, config: HandConfig) -> Optional[bool]:
    joints, knuckles = points[list(_THUMB)], points[list(_KNUCKLES)]
    if not np.isfinite(joints).all() or not np.isfinite(knuckles).all():
        return None
    tip = joints[-1]
    if np.linalg.norm(tip - knuckles.mean(axis=0)) < config.thumb_in * palm:
        return False
    _, straight = _chord(joints)
    off = np.linalg.norm(points[_KNUCKLES[0] :] - tip, axis=1).min() / palm  # NaN: near, perhaps
    return True if straight > bounds.straight and off > bounds.thumb_off else None


def _chord(joints: np.ndarray) -> Tuple[float, float]:
    """From first to last joint [px], and what share of the way along the joints this is."""
    along = np.linalg.norm(np.diff(joints, axis=0), axis=1).sum()
    chord = float(np.linalg.norm(joints[-1] - joints[0]))
    return chord, chord / along if along > 0 else 0.0


class _Hand(NamedTuple):
    """One hand, measured with the bounds to begin or those to go on."""

    points: np.ndarray  # (21, 2) [px], NaN where missing
    palm: float  # [px]
    side: str
    fingers: Fingers
    bounds: _Bounds

    @classmethod
    def of(
        cls, hand: Optional[np.ndarray], side: str, config: HandConfig, going_on: bool
    ) -> Optional[_Hand]:
        """Of (21, 3) joints; None without a hand, and of one too small to tell."""
        points = _points(hand, config)
        palm = None if points is None else palm_length(points)
        if points is None or palm is None:
            return None
        bounds = _Bounds.of(config, going_on)
        return cls(points, palm, side, _fingers(points, palm, bounds, config), bounds)


def _is_open_palm(hand: _Hand) -> bool:
    """The inner side of a flat hand that is held up, as for `stop`."""
    if hand.fingers[1:] != (True,) * 4 or hand.fingers.thumb is False:
        return False
    upwards = _from_up(hand.points[_KNUCKLES[1]] - hand.points[_WRIST]) < hand.bounds.upright
    return upwards and _palm_seen(hand) > hand.bounds.palm


def _palm_seen(hand: _Hand) -> float:
    """Area between wrist and outer knuckles [palms^2], negative where the back is seen."""
    index, little = hand.points[[_KNUCKLES[0], _KNUCKLES[-1]]] - hand.points[_WRIST]
    area = (little[0] * index[1] - little[1] * index[0]) / hand.palm**2
    return float(area if hand.side == "right" else -area)


def _is_fist(hand: _Hand) -> bool:
    return hand.fingers[1:] == (False,) * 4 and hand.fingers.thumb is not True


def _is_pointing(hand: _Hand) -> bool:
    """The index finger alone, or with the thumb; fingers of a hanging arm point at nothing."""
    bounds = hand.bounds
    if hand.fingers[1:] != (True, False, False, False):
        return False
    wrist, knuckle, tip = hand.points[[_WRIST, _KNUCKLES[0], _KNUCKLES[0] + 3]]
    finger = tip - knuckle
    long = float(np.linalg.norm(finger)) > bounds.pointing_long * hand.palm
    bent = _between(finger, knuckle - wrist) > bounds.pointing_bent
    hanging = np.pi - _from_up(finger) < bounds.hanging
    return long and not bent and not hanging and _closed(hand) < bounds.pointing_closed


def _closed(hand: _Hand) -> float:
    """How far the tips of the last three fingers are beyond their knuckles [palms], at most."""
    from_wrist = np.linalg.norm(hand.points - hand.points[_WRIST], axis=1) / hand.palm
    return float(max(from_wrist[knuckle + 3] - from_wrist[knuckle] for knuckle in _KNUCKLES[1:]))


def _between(a: np.ndarray, b: np.ndarray) -> float:
    """Angle [rad] between two vectors of the image, 0..pi."""
    return float(np.abs(np.arctan2(a[0] * b[1] - a[1] * b[0], a @ b)))


def _is_thumb_up(hand: _Hand) -> bool:
    """A fist whose thumb is stretched upwards, its tip higher than all other fingers."""
    if hand.fingers != (True, False, False, False, False):
        return False
    low, tip = hand.points[_THUMB[0]], hand.points[_THUMB[-1]]
    highest = np.nanmin(hand.points[_KNUCKLES[0] :, 1])
    return _from_up(tip - low) < hand.bounds.thumb_up and tip[1] < highest


def _from_up(vector: np.ndarray) -> float:
    """Angle [rad] to straight up in the image, 0..pi."""
    return _between(vector, np.array([0.0, -1.0]))


_GESTURES: Dict[str, Callable[[_Hand], bool]] = {
    OPEN_PALM: _is_open_palm,
    FIST: _is_fist,
    POINTING: _is_pointing,
    THUMB_UP: _is_thumb_up,
}

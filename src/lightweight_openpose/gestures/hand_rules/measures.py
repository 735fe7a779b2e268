"""What one frame says of a hand: its palm, and which fingers are stretched out.

A hand is (21, 3) [x px, y px, score] of skeleton hand_21. Lengths are relative to its palm, so that
neither the size nor the rotation of the hand matters. `up` is up in the image: the camera is taken
to stand upright.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Optional, Tuple

import numpy as np

from lightweight_openpose.settings import ranged

Bound = Tuple[float, float]  # to begin, and to go on

WRIST = 0
KNUCKLES = (5, 9, 13, 17)  # of index, middle, ring and little finger
THUMB = (2, 3, 4)
_LITTLE = 0.8  # length of the little finger to that of the others
_WIDTH = 1.3  # lengths of the palm to the width of the knuckles


@dataclass(frozen=True)
class HandSettings:
    """When a hand is looked at, and for how long it must make a gesture."""

    min_size: float = ranged(
        20.0, 0.0, 1000.0, "least length of the longer side of the box around the joints", "px"
    )
    hold: float = ranged(0.3, 0.0, 10.0, "how long a change must last", "s")
    lost: float = ranged(1.0, 0.0, 60.0, "time without the hand after which its gesture ends", "s")


# What a finger is: each with a bound to begin and a laxer one to go on.
_STRAIGHT: Bound = (0.95, 0.9)  # knuckle to tip over the length along its joints
_LONG: Bound = (0.5, 0.42)  # knuckle to tip of a stretched finger [palms]
_FOLDED: Bound = (-0.08, 0.05)  # tip of a folded finger beyond its middle joint [palms]
_CLOSED: Bound = (0.3, 0.45)  # tip of a folded finger beyond its knuckle [palms]
_SHORT: Bound = (0.6, 0.7)  # knuckle to tip of a folded finger [palms]
_THUMB_OFF: Bound = (0.35, 0.28)  # tip of a stretched thumb to all other fingers [palms]
_THUMB_IN = 0.35  # tip of a folded thumb to the middle of the knuckles [palms]


class Fingers(NamedTuple):
    """Whether each finger is stretched out: True, False (folded), or None where neither is sure."""

    thumb: Optional[bool] = None
    index: Optional[bool] = None  # type: ignore[assignment]
    middle: Optional[bool] = None
    ring: Optional[bool] = None
    little: Optional[bool] = None

    @property
    def count(self) -> Optional[int]:  # type: ignore[override]
        """How many are stretched out; None unless each of them is known."""
        return None if None in self else sum(bool(finger) for finger in self)


def fingers_of(
    hand: Optional[np.ndarray], settings: HandSettings = HandSettings(), going_on: bool = False
) -> Optional[Fingers]:
    """Which fingers are stretched out; None without a hand, and of one too small to tell.

    A finger of which a joint is missing is None. going_on: by the laxer bounds.
    """
    measured = Hand.of(hand, "", settings, going_on)
    return None if measured is None else measured.fingers


def palm_length(points: np.ndarray) -> Optional[float]:
    """Length of the palm [px], by the knuckles' distance from the wrist or their width.

    points: (21, 2) [px], NaN where missing. None without the wrist or two of the knuckles.
    """
    lengths = np.linalg.norm(points[list(KNUCKLES)] - points[WRIST], axis=1)
    if np.isfinite(lengths).sum() < 2:
        return None
    width = _WIDTH * np.linalg.norm(points[KNUCKLES[0]] - points[KNUCKLES[-1]])
    longest = float(np.nanmax([*lengths, width]))
    return longest if longest > 1 else None


def _points(hand: Optional[np.ndarray], settings: HandSettings) -> Optional[np.ndarray]:
    """(21, 2) [px], NaN where missing; None without a hand of some size."""
    if hand is None:
        return None
    hand = np.asarray(hand, float)
    found = (hand[:, 2] > 0) & np.isfinite(hand[:, :2]).all(axis=1)
    if found.sum() < 2 or np.ptp(hand[found, :2], axis=0).max() < settings.min_size:
        return None
    return np.where(found[:, None], hand[:, :2], np.nan)


def _fingers(points: np.ndarray, palm: float, going_on: bool) -> Fingers:
    rest = (_finger(points, knuckle, palm, going_on) for knuckle in KNUCKLES)
    return Fingers(_thumb(points, palm, going_on), *rest)


def _finger(points: np.ndarray, knuckle: int, palm: float, going_on: bool) -> Optional[bool]:
    joints = points[knuckle : knuckle + 4]
    if not np.isfinite(joints).all() or not np.isfinite(points[WRIST]).all():
        return None
    chord, straight = _chord(joints)
    beyond = np.linalg.norm(joints - points[WRIST], axis=1) / palm  # by distance from the wrist
    outwards = bool((np.diff(beyond) > 0).all())
    long = _LONG[going_on] * palm * (_LITTLE if knuckle == KNUCKLES[-1] else 1.0)
    if outwards and straight > _STRAIGHT[going_on] and chord > long:
        return True
    back = beyond[3] - beyond[1] < _FOLDED[going_on] and beyond[3] - beyond[0] < _CLOSED[going_on]
    return False if back and chord < _SHORT[going_on] * palm else None


def _thumb(points: np.ndarray, palm: float, going_on: bool) -> Optional[bool]:
    joints, knuckles = points[list(THUMB)], points[list(KNUCKLES)]
    if not np.isfinite(joints).all() or not np.isfinite(knuckles).all():
        return None
    tip = joints[-1]
    if np.linalg.norm(tip - knuckles.mean(axis=0)) < _THUMB_IN * palm:
        return False
    _, straight = _chord(joints)
    off = np.linalg.norm(points[KNUCKLES[0] :] - tip, axis=1).min() / palm  # NaN: near, perhaps
    return True if straight > _STRAIGHT[going_on] and off > _THUMB_OFF[going_on] else None


def _chord(joints: np.ndarray) -> Tuple[float, float]:
    """From first to last joint [px], and what share of the way along the joints this is."""
    along = np.linalg.norm(np.diff(joints, axis=0), axis=1).sum()
    chord = float(np.linalg.norm(joints[-1] - joints[0]))
    return chord, chord / along if along > 0 else 0.0


class Hand(NamedTuple):
    """One hand, measured with the bounds to begin or those to go on."""

    points: np.ndarray  # (21, 2) [px], NaN where missing
    palm: float  # [px]
    side: str  # "left" or "right", the person's own
    fingers: Fingers

    @classmethod
    def of(
        cls, hand: Optional[np.ndarray], side: str, settings: HandSettings, going_on: bool
    ) -> Optional[Hand]:
        """Of (21, 3) joints; None without a hand, and of one too small to tell."""
        points = _points(hand, settings)
        palm = None if points is None else palm_length(points)
        if points is None or palm is None:
            return None
        return cls(points, palm, side, _fingers(points, palm, going_on))


def angle_between(a: np.ndarray, b: np.ndarray) -> float:
    """Angle [rad] between two vectors of the image, 0..pi."""
    return float(np.abs(np.arctan2(a[0] * b[1] - a[1] * b[0], a @ b)))


def from_up(vector: np.ndarray) -> float:
    """Angle [rad] to straight up in the image, 0..pi."""
    return angle_between(vector, np.array([0.0, -1.0]))

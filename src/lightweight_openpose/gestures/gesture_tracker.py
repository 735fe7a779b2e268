"""What a person does, from joints over time: arms raised, waving, pointing, facing the camera, fallen.

The camera is taken to stand upright: up is up in the image. All lengths are relative to the person's torso in the image.
"""
from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Dict, Optional

import numpy as np

from lightweight_openpose.poses.skeleton import Skeleton

SIDES = ("left", "right")


@dataclass(frozen=True)
class GestureConfig:
    """Each rule has a bound to begin and a laxer one to go on; a change must last hold [s].

    raised: height of the wrist over the shoulder [torsos]; straight: angle at the elbow [rad]; level: angle of the arm to the
    horizontal [rad]; swing: width of a wave [forearms]; turns: changes of direction within wave_time [s]; facing: angle between
    the face and the line to the camera [rad]; lying: angle of torso and legs to the vertical [rad]; fallen_hold [s].
    """

    raised: tuple = (0.25, 0.1)
    straight: tuple = (2.6, 2.35)
    level: tuple = (0.8, 0.95)
    swing: float = 0.3
    turns: int = 3
    wave_time: float = 2.0
    facing: tuple = (0.44, 0.6)
    lying: tuple = (1.05, 0.8)
    hold: float = 0.2
    fallen_hold: float = 0.6


@dataclass
class Gestures:
    """pointing: "left", "right" or None, the arm; angle: of the forearm in the image [rad], 0 to the right, positive downwards;
    direction: (3,) unit vector from shoulder to wrist in the optical frame, None without depth.
    """

    raised: Dict[str, bool] = field(default_factory=lambda: dict.fromkeys(SIDES, False))
    waving: Dict[str, bool] = field(default_factory=lambda: dict.fromkeys(SIDES, False))
    pointing: Optional[str] = None
    angle: float = float("nan")
    direction: Optional[np.ndarray] = None
    facing: bool = False
    fallen: bool = False


class Held:
    """A yes or no that changes only after the opposite was seen for some time."""

    def __init__(self, hold: float):
        self.value, self._hold, self._since = False, hold, None

    def update(self, seen: Optional[bool], stamp: float) -> bool:
        """seen: None when it cannot be told, which changes nothing."""
        if seen is None or seen == self.value:
            self._since = None
        else:
            self._since = stamp if self._since is None else self._since
            if stamp - self._since >= self._hold:
                self.value, self._since = seen, None
        return self.value


class GestureTracker:
    """Gestures of one person from frame to frame."""

    def __init__(self, skeleton: Skeleton, config: GestureConfig = GestureConfig()):
        self._names, self._config = skeleton.keypoints, config
        self._held = {(rule, side): Held(config.hold) for rule in ("raised", "pointing") for side in SIDES}
        self._facing, self._fallen = Held(config.hold), Held(config.fallen_hold)
        self._swings = {side: deque() for side in SIDES}

    def update(self, keypoints: np.ndarray, stamp: float, head: Optional[tuple] = None,
               points: Optional[np.ndarray] = None) -> Gestures:
        """keypoints: (K, 3) [x px, y px, score]; head: (yaw, pitch) [rad] when known; points: (K, >= 3) [m] with depth."""
        xy = {n: k[:2].astype(float) for n, k in zip(self._names, keypoints) if k[2] > 0}
        torso = _torso(xy)
        result = Gestures(fallen=self._fallen.update(self._lies(xy), stamp))
        result.facing = self._facing.update(self._faces(xy, head), stamp)
        pointing = []
        for side in SIDES:
            arm = [xy.get(f"{side}_{part}") for part in ("shoulder", "elbow", "wrist")]
            result.raised[side] = self._held["raised", side].update(self._is_raised(arm, torso, side), stamp)
            result.waving[side] = self._waves(arm, side, stamp)
            if self._held["pointing", side].update(self._points(arm, torso, side), stamp) and arm[1] is not None and arm[2] is not None:
                pointing.append((float(np.linalg.norm(arm[2] - arm[1])), side))
        if pointing and not result.fallen:
            result.pointing = max(pointing)[1]  # of two arms the one that is seen longer
            forearm = xy[f"{result.pointing}_wrist"] - xy[f"{result.pointing}_elbow"]
            result.angle = float(np.arctan2(forearm[1], forearm[0]))
            result.direction = self._direction(points, result.pointing)
        return result

    def _bound(self, rule, held):
        begin, go_on = getattr(self._config, rule)
        return go_on if held.value else begin

    def _is_raised(self, arm, torso, side):
        if arm[0] is None or arm[2] is None or torso is None:
            return None
        return bool(arm[0][1] - arm[2][1] > self._bound("raised", self._held["raised", side]) * torso)

    def _points(self, arm, torso, side):
        """Arm stretched out and not hanging or held up; too short in the image (towards the camera) cannot be told."""
        if torso is None or any(joint is None for joint in arm):
            return None
        upper, fore = arm[1] - arm[0], arm[2] - arm[1]
        lengths = np.linalg.norm(upper), np.linalg.norm(fore)
        if min(lengths) < 0.15 * torso:
            return False
        held = self._held["pointing", side]
        elbow = np.pi - np.arccos(np.clip(upper @ fore / (lengths[0] * lengths[1]), -1, 1))
        whole = arm[2] - arm[0]
        level = np.arctan2(abs(whole[1]), abs(whole[0]))
        return bool(elbow > self._bound("straight", held) and level < self._bound("level", held))

    def _waves(self, arm, side, stamp):
        """The hand above the elbow swings from side to side."""
        swings, config = self._swings[side], self._config
        if arm[1] is not None and arm[2] is not None and arm[2][1] < arm[1][1]:
            swings.append((stamp, float(arm[2][0] - arm[1][0]), float(np.linalg.norm(arm[2] - arm[1]))))
        while swings and not 0 <= stamp - swings[0][0] <= config.wave_time:
            swings.popleft()
        if len(swings) < config.turns + 1:
            return False
        return _turns([s[1] for s in swings], config.swing * max(s[2] for s in swings)) >= config.turns

    def _faces(self, xy, head):
        if head is not None:
            off = float(np.arccos(np.clip(np.cos(head[0]) * np.cos(head[1]), -1, 1)))
            return off < self._bound("facing", self._facing)
        if not {"nose", "left_eye", "right_eye"} <= xy.keys():
            return False if "neck" in xy else None  # seen from behind or from the side
        left, right = xy["left_eye"][0] - xy["nose"][0], xy["nose"][0] - xy["right_eye"][0]
        return bool(left > 0 and right > 0 and min(left, right) > 0.4 * max(left, right))

    def _lies(self, xy):
        """Torso and legs are nearer to the horizontal than to the vertical; who bends over still stands on their legs."""
        hips = [xy[n] for n in ("left_hip", "right_hip") if n in xy]
        feet = [xy[n] for n in ("left_ankle", "right_ankle") if n in xy] or [xy[n] for n in ("left_knee", "right_knee") if n in xy]
        if "neck" not in xy or not hips or not feet:
            return None
        hip, foot = np.mean(hips, axis=0), np.mean(feet, axis=0)
        bound = self._bound("lying", self._fallen)
        return all(np.arctan2(abs(v[0]), v[1]) > bound for v in (hip - xy["neck"], foot - xy["neck"]))

    def _direction(self, points, side):
        if points is None:
            return None
        shoulder, wrist = (points[self._names.index(f"{side}_{part}"), :3].astype(float) for part in ("shoulder", "wrist"))
        vector = wrist - shoulder
        length = np.linalg.norm(vector)
        return vector / length if np.isfinite(length) and length > 0.05 else None


def _torso(xy) -> Optional[float]:
    """Length of the torso [px], by its height or, where the hips are not seen, by the width of the shoulders."""
    lengths = [np.linalg.norm(xy["neck"] - xy[n]) for n in ("left_hip", "right_hip") if n in xy and "neck" in xy]
    if {"left_shoulder", "right_shoulder"} <= xy.keys():
        lengths.append(1.3 * np.linalg.norm(xy["left_shoulder"] - xy["right_shoulder"]))
    return float(max(lengths)) if lengths and max(lengths) > 1 else None


def _turns(values, width) -> int:
    """How often a signal turns after it went at least `width` one way."""
    turns, way, extreme = 0, 0, values[0]
    for value in values[1:]:
        if way >= 0 and value > extreme or way <= 0 and value < extreme:
            if way == 0 and abs(value - values[0]) >= width:
                way = 1 if value > values[0] else -1
            if way != 0 or abs(value - values[0]) > abs(extreme - values[0]):
                extreme = value
        elif way != 0 and abs(value - extreme) >= width:
            turns, way, extreme = turns + 1, -way, value
    return turns

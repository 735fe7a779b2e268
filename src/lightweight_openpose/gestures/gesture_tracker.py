"""What a person does over time, by the rules of body_rules: arms raised, waving, pointing, fallen."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Dict, Mapping, Optional, Tuple

import numpy as np

from lightweight_openpose.poses import Skeleton

from .body_rules import RULES, BodyFrame, default_settings


class Gestures(SimpleNamespace):
    """What a person does at a time: the values of each rule, as its `nothing` names them."""

    def fields(self) -> Dict[str, Any]:
        """Of PersonEvents.msg: numbers, (3,) vectors or names of its constants."""
        values = vars(self)
        made = [
            rule.fields({name: values[name] for name in rule.nothing}) for rule in RULES.values()
        ]
        return {name: value for part in made for name, value in part.items()}


class GestureTracker:
    """Gestures of one person from frame to frame."""

    def __init__(self, skeleton: Skeleton, settings: Optional[Mapping[str, Any]] = None):
        """skeleton: with the names of coco18's joints; settings: by the names of rules."""
        self._names = skeleton.keypoints
        settings = {**default_settings(), **(settings or {})}
        self._rules = [rule(settings[name]) for name, rule in RULES.items()]

    def update(
        self,
        keypoints: np.ndarray,
        stamp: float,
        head: Optional[Tuple[float, float]] = None,
        points: Optional[np.ndarray] = None,
    ) -> Gestures:
        """Gestures after a frame.

        keypoints: (K, 3) [x px, y px, score]; stamp: [s]; head: (yaw, pitch) [rad] when known;
        points: (K, >= 3) [m] with depth.
        """
        joints = {n: k[:2].astype(float) for n, k in zip(self._names, keypoints) if k[2] > 0}
        metres = {} if points is None else dict(zip(self._names, points[:, :3].astype(float)))
        frame = BodyFrame(joints, stamp, head, metres)
        values: Dict[str, Any] = {}
        for rule in self._rules:
            values.update(rule.update(frame))
        for rule in self._rules:
            if rule.hidden_by and values[rule.hidden_by]:
                values.update(rule.nothing)
        return Gestures(**values)

"""What a rule about a person is, and what it gets of a frame.

The camera is taken to stand upright: up is up in the image. All lengths are relative to the
person's torso in the image.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple, Type, TypeVar

import numpy as np

SIDES = ("left", "right")
_SHOULDERS = 1.3  # torsos to the width of the shoulders

Joints = Dict[str, np.ndarray]  # name -> (2,) [px] of the joints that were found


class Arm(NamedTuple):
    """The joints of one arm, (2,) [px] each, None where they were not found."""

    shoulder: Optional[np.ndarray]
    elbow: Optional[np.ndarray]
    wrist: Optional[np.ndarray]

    @classmethod
    def of(cls, joints: Joints, side: str) -> Arm:
        """The arm of a side, "left" or "right"."""
        return cls(*(joints.get(f"{side}_{part}") for part in ("shoulder", "elbow", "wrist")))

    @property
    def forearm(self) -> Optional[np.ndarray]:
        """(2,) [px] from elbow to wrist, None without one of them."""
        if self.elbow is None or self.wrist is None:
            return None
        return self.wrist - self.elbow


class BodyFrame(NamedTuple):
    """One person in one image."""

    joints: Joints
    stamp: float  # [s]
    head: Optional[Tuple[float, float]] = None  # (yaw, pitch) [rad] when known
    points: Mapping[str, np.ndarray] = {}  # name -> (3,) [m] of the joints, with depth

    def arms(self) -> Dict[str, Arm]:
        """By side."""
        return {side: Arm.of(self.joints, side) for side in SIDES}

    def torso(self) -> Optional[float]:
        """Length of the torso [px], by its height or by the width of the shoulders."""
        lengths = []
        if "neck" in self.joints:
            neck = self.joints["neck"]
            lengths += [np.linalg.norm(neck - hip) for hip in self.found("left_hip", "right_hip")]
        if {"left_shoulder", "right_shoulder"} <= self.joints.keys():
            shoulders = self.joints["left_shoulder"] - self.joints["right_shoulder"]
            lengths.append(_SHOULDERS * np.linalg.norm(shoulders))
        longest = max(lengths, default=0)
        return float(longest) if longest > 1 else None

    def found(self, *names: str) -> List[np.ndarray]:
        """(2,) [px] of those joints that were found."""
        return [self.joints[name] for name in names if name in self.joints]


class BodyRule(ABC):
    """Whether one person makes a gesture, from frame to frame."""

    name: str  # also of the group of its parameters
    settings: Type[Any]  # a dataclass whose fields have defaults
    nothing: Dict[str, Any]  # what is reported of somebody who does not make it
    hidden_by: str = ""  # name of the value that is true where this one is not known

    def __init__(self, settings: Any):
        """settings: an instance of the class's `settings`."""
        self._settings = settings

    @abstractmethod
    def update(self, frame: BodyFrame) -> Dict[str, Any]:
        """Values by the keys of `nothing`, after a frame."""

    @staticmethod
    def fields(values: Mapping[str, Any]) -> Dict[str, Any]:
        """Fields of PersonEvents.msg: numbers, (3,) vectors or names of its constants.

        values: what `update` gave; by default those of the same names.
        """
        return dict(values)

    def bound(self, name: str, held: bool) -> float:
        """A setting, or where the gesture is made already the laxer one, `name`_held."""
        return float(getattr(self._settings, f"{name}_held" if held else name))


RULES: Dict[str, Type[BodyRule]] = {}  # by name
AnyRule = TypeVar("AnyRule", bound=Type[BodyRule])


def register(rule: AnyRule) -> AnyRule:
    """Make a rule known. Raises ValueError where its name is taken."""
    if rule.name in RULES:
        raise ValueError(f"there is a rule {rule.name} already")
    RULES[rule.name] = rule
    return rule


def default_settings() -> Dict[str, Any]:
    """Name of each rule -> its settings."""
    return {name: rule.settings() for name, rule in RULES.items()}

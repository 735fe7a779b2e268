"""The face looks into the camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

import numpy as np

from lightweight_openpose.gestures.held import Held
from lightweight_openpose.settings import ranged

from .rule import BodyFrame, BodyRule, Joints, register

_SYMMETRY = 0.4  # of the nose between the eyes, lesser to greater distance, of a face seen in front


@dataclass(frozen=True)
class FacingSettings:
    """When somebody faces the camera."""

    angle: float = ranged(
        0.44, 0.0, 3.1416, "largest angle between face and line to the camera", "rad"
    )
    angle_held: float = ranged(0.6, 0.0, 3.1416, "the same while somebody faces the camera", "rad")
    hold: float = ranged(0.2, 0.0, 10.0, "how long a change must last", "s")


@register
class Facing(BodyRule):
    """By the angles of the head, else by eyes and nose."""

    name = "facing"
    settings = FacingSettings
    nothing = {"facing": False}

    def __init__(self, settings: FacingSettings):
        super().__init__(settings)
        self._held = Held(settings.hold, False)

    def update(self, frame: BodyFrame) -> Dict[str, Any]:
        """Whether it does."""
        most = self.bound("angle", self._held.value)
        seen = is_facing(frame.joints, frame.head, most)
        return {"facing": self._held.update(seen, frame.stamp)}


def is_facing(joints: Joints, head: Optional[Tuple[float, float]], most: float) -> Optional[bool]:
    """The face looks into the camera.

    By its yaw and pitch [rad], within `most` [rad], else by where the nose is between the eyes.
    """
    if head is not None:
        yaw, pitch = head
        off = float(np.arccos(np.clip(np.cos(yaw) * np.cos(pitch), -1, 1)))
        return off < most
    if not {"nose", "left_eye", "right_eye"} <= joints.keys():
        from_behind_or_the_side = "neck" in joints
        return False if from_behind_or_the_side else None
    left = joints["left_eye"][0] - joints["nose"][0]
    right = joints["nose"][0] - joints["right_eye"][0]
    return bool(left > 0 and right > 0 and min(left, right) > _SYMMETRY * max(left, right))

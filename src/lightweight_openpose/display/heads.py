"""Heads for the eye: axes and angles."""
from __future__ import annotations

import math
from typing import Optional

from lightweight_openpose.geometry.camera import AXES, Camera, head_axes
from lightweight_openpose.geometry.orientation import Orientation

from .drawing import DrawnHead


def drawn_head(
    head: Orientation, camera: Camera, length: float = AXES
) -> Optional[DrawnHead]:
    """The head with its yaw, pitch and roll in whole degrees; None where it cannot be drawn.

    length: of the axes [m].
    """
    axes = head_axes(head.rotation, head.translation, camera, length)
    angles = (("y", head.yaw), ("p", head.pitch), ("r", head.roll))
    text = " ".join(f"{name}{round(math.degrees(angle)):+d}" for name, angle in angles)
    return None if axes is None else DrawnHead(*axes, text)

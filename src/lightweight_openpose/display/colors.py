"""Colours of limbs."""

from __future__ import annotations

from typing import List

from lightweight_openpose.poses import Skeleton

from .labels import Color

# BGR by the person's own side, of "" what lies in the middle.
SIDE_COLORS = {"left": (60, 160, 255), "right": (255, 170, 60), "": (230, 230, 230)}


def limb_colors(skeleton: Skeleton) -> List[Color]:
    """BGR per limb: by the person's side, or its own where the skeleton has no sides."""
    sides = [
        _side(skeleton.keypoints[b]) or _side(skeleton.keypoints[a]) for a, b in skeleton.limbs
    ]
    if not {"left", "right"} <= set(sides):
        return list(skeleton.limb_colors)
    return [SIDE_COLORS[side] for side in sides]


def _side(name: str) -> str:
    prefix = name.split("_")[0]
    return prefix if prefix in ("left", "right") else ""

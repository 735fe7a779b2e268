"""Settings of pose_events_node."""

from __future__ import annotations

from dataclasses import dataclass, make_dataclass
from typing import Any, Dict

from lightweight_openpose.gestures import body_rules, hand_rules
from lightweight_openpose.settings import setting

HAND = "hand_"  # before the names of rules about hands, in those of parameters


@dataclass(frozen=True)
class _Inputs:
    """What the node listens to."""

    skeleton: str = setting(
        "coco18", "skeleton of the poses: name or YAML file; it must have the joints of coco18"
    )
    heads: bool = setting(
        True,
        "true: the node waits for the heads of head_orientation_node, and `facing` is by their "
        "angles; false: by eyes and nose",
    )
    poses_3d: bool = setting(
        False,
        "true: the node waits for the poses of pose_3d_node: where arms and fingers point, in "
        "metres",
    )


def _settings_of_rules() -> Dict[str, Any]:
    """Name of a group of parameters -> its settings."""
    of_hands = {HAND + name: value for name, value in hand_rules.default_settings().items()}
    return {**body_rules.default_settings(), "hands": hand_rules.HandSettings(), **of_hands}


_DOC = """Parameters of pose_events_node, with their defaults.

Each gesture has its own group. A parameter that ends in _held is the bound of who makes the gesture
already.
"""
PoseEventsSettings = make_dataclass(
    "PoseEventsSettings",
    [(name, type(value), value) for name, value in _settings_of_rules().items()],
    bases=(_Inputs,),
    namespace={"__doc__": _DOC, "__module__": __name__},
    frozen=True,
)

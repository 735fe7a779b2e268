"""Settings of interop_node."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import List, Tuple

from lightweight_openpose.settings import ranged, setting, some_of

from . import common


def outputs() -> List[str]:
    """Names of all outputs: each is a file of ros/messages/interop, and none is imported."""
    spec = find_spec("lightweight_openpose.ros.messages.interop")
    folders = spec.submodule_search_locations if spec else None
    return sorted(module.name for module in iter_modules(folders) if module.name != "output")


@dataclass(frozen=True)
class InteropSettings:
    """Parameters of interop_node, with their defaults."""

    outputs: Tuple[str, ...] = some_of(
        outputs(), "must be given; each needs the package of its messages"
    )
    skeleton: str = setting(
        "coco18", "skeleton of the poses: name or YAML file; it must be one of people"
    )
    cropped: bool = setting(
        False, "true: hri gets images of the bodies, for which the node subscribes to `image`"
    )
    max_bodies: int = ranged(
        32,
        1,
        100,
        "bodies that have topics of hri at a time; the nearest (largest in the image) come first",
    )
    frame_prefix: str = common.frame_prefix("front/body_aaaad of hri; REP-155 has none")

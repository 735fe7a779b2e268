"""The trackers by name."""

from __future__ import annotations

from typing import Callable, Dict

from lightweight_openpose.poses import Skeleton

from .person_tracker import PersonTracker
from .tracker import Tracker, TrackerConfig

DEFAULT_TRACKER = "oks"
# Each makes a tracker of the poses of a skeleton.
TRACKERS: Dict[str, Callable[[Skeleton, TrackerConfig], PersonTracker]] = {DEFAULT_TRACKER: Tracker}


def make_tracker(
    name: str, skeleton: Skeleton, config: TrackerConfig = TrackerConfig()
) -> PersonTracker:
    """The tracker of a name, for poses of a skeleton. Raises ValueError for an unknown name."""
    if name not in TRACKERS:
        raise ValueError(f"unknown tracker '{name}'; known: {', '.join(TRACKERS)}")
    return TRACKERS[name](skeleton, config)

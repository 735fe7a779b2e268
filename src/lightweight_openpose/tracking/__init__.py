"""The same people from frame to frame: ids, and memory per id that forgets by itself."""

from .choice import DEFAULT_TRACKER, TRACKERS, make_tracker
from .per_track import PerTrack
from .person_tracker import PersonTracker, with_ids
from .tracker import Tracker, TrackerConfig

__all__ = [
    "DEFAULT_TRACKER",
    "TRACKERS",
    "PerTrack",
    "PersonTracker",
    "Tracker",
    "TrackerConfig",
    "make_tracker",
    "with_ids",
]

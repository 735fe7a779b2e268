"""The same people from frame to frame: ids, and memory per id that forgets by itself."""

from .tracker import Tracker, TrackerConfig

__all__ = ["Tracker", "TrackerConfig"]

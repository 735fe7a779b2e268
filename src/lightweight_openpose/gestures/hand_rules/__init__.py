"""Gestures of one hand in one frame, one rule a file, which registers itself."""

from lightweight_openpose.files import import_folder

from .measures import Fingers, HandSettings, fingers_of, palm_length
from .rule import NO_GESTURE, RULES, HandRule, default_settings, gesture_of, register

import_folder(__name__, __path__)  # nothing else names a new rule

__all__ = [
    "NO_GESTURE",
    "RULES",
    "Fingers",
    "HandRule",
    "HandSettings",
    "default_settings",
    "fingers_of",
    "gesture_of",
    "palm_length",
    "register",
]

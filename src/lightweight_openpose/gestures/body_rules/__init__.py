"""What a person does, one rule a file, which registers itself."""

from lightweight_openpose.files import import_folder

from .rule import RULES, BodyFrame, BodyRule, default_settings, register

import_folder(__name__, __path__)  # nothing else names a new rule

__all__ = ["RULES", "BodyFrame", "BodyRule", "default_settings", "register"]

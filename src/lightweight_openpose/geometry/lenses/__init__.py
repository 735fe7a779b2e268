"""Lens models, one file each, which registers itself by the names of ROS."""

from lightweight_openpose.files import import_folder

from .lens import Lens, find_lens, known_models, register
from .pinhole import PINHOLE

import_folder(__name__, __path__)  # nothing else names a new lens

__all__ = ["PINHOLE", "Lens", "find_lens", "known_models", "register"]

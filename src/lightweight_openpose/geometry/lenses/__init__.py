"""Lens models, one file each, which registers itself by the names of ROS."""

from importlib import import_module
from pkgutil import iter_modules

from .lens import Lens, find_lens, known_models, register
from .pinhole import PINHOLE

# A file of this folder is a lens, so that nothing else names a new one.
for _module in sorted(module.name for module in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")

__all__ = ["PINHOLE", "Lens", "find_lens", "known_models", "register"]

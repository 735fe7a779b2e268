"""Old names of settings: they are taken until version 2, with one warning each."""

from __future__ import annotations

import functools
import warnings
from typing import Any, Callable, Set, Type, TypeVar

Settings = TypeVar("Settings")

_reported: Set[str] = set()


def warn_renamed(old: str, new: str) -> None:
    """Warn once in a process that `old` is now `new`."""
    if old in _reported:
        return
    _reported.add(old)
    warnings.warn(
        f"{old} is now {new}; the old name is gone in version 2", FutureWarning, stacklevel=3
    )


def takes_old_names(kind: Type[Settings]) -> Type[Settings]:
    """Decorate a dataclass: keywords and attributes of its `old_names` stand for those of today.

    old_names: a ClassVar, old name -> name of the field. Where both are given, the old one counts.
    """
    old_names = kind.old_names  # type: ignore[attr-defined]
    init = kind.__init__

    @functools.wraps(init)
    def take(self: Any, *values: Any, **given: Any) -> None:
        for old in old_names.keys() & given.keys():
            warn_renamed(old, old_names[old])
            given[old_names[old]] = given.pop(old)
        init(self, *values, **given)

    kind.__init__ = take  # type: ignore[method-assign]
    for old, new in old_names.items():
        setattr(kind, old, property(_reader(old, new)))
    return kind


def _reader(old: str, new: str) -> Callable:
    def read(self: Any) -> Any:
        warn_renamed(old, new)
        return getattr(self, new)

    return read

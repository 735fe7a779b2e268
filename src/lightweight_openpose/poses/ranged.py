"""Fields of settings dataclasses that say which values are allowed."""

from __future__ import annotations

from dataclasses import field
from typing import Iterable, TypeVar

Number = TypeVar("Number", int, float)


def ranged(default: Number, low: Number, high: Number, doc: str = "", unit: str = "") -> Number:
    """Field for a finite number in low..high, both included; doc: what it is, unit: of it."""
    metadata = {"low": low, "high": high, "doc": doc, "unit": unit}
    return field(default=default, metadata=metadata)


def one_of(default: str, choices: Iterable[str]) -> str:
    """Field for one of the choices."""
    return field(default=default, metadata={"choices": tuple(choices)})


def yes_or_name(default: str) -> str:
    """Field for a name or path, for which a boolean may stand: it becomes "true" or "false"."""
    return field(default=default, metadata={"boolean": True})


def some_of(choices: Iterable[str]) -> tuple:
    """Field for a tuple of different choices, empty by default."""
    return field(default=(), metadata={"choices": tuple(choices)})

"""Settings of nodes, commands and trainings: default, range, unit and meaning of each, in one place.

A settings dataclass declares its fields by the functions below. Nodes read it from parameters,
commands make options of it, and `tools/generate.py` writes the files that repeat it.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, Iterator, Tuple, Type, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Value = TypeVar("Value")
Number = TypeVar("Number", int, float)
Settings = TypeVar("Settings", bound="DataclassInstance")

_NAME = re.compile(r"[A-Za-z]\w*")  # a base name of ROS


class BadSetting(ValueError):
    """A setting has a value that cannot be used; the message names it, the value and the range."""


def setting(default: Value, doc: str, unit: str = "") -> Value:
    """Field for any value of the type of the default.

    doc: what it means, as a sentence without its full stop. A page of the documentation is named
    by its path, such as doc/hands.md. unit: of a number.
    """
    return _field(default, doc=doc, unit=unit)


def ranged(default: Number, low: Number, high: Number, doc: str, unit: str = "") -> Number:
    """Field for a finite number in low..high, both included."""
    return _field(default, doc=doc, unit=unit, low=low, high=high)


def one_of(default: str, choices: Iterable[str], doc: str) -> str:
    """Field for one of the choices."""
    return _field(default, doc=doc, choices=tuple(choices))


def some_of(choices: Iterable[str], doc: str) -> tuple:
    """Field for a tuple of different choices, empty by default."""
    return _field((), doc=doc, choices=tuple(choices))


def yes_or_name(default: str, doc: str) -> str:
    """Field for a name or path, for which a boolean may stand: it becomes "true" or "false"."""
    return _field(default, doc=doc, boolean=True)


def _field(default: object, **metadata: object) -> Any:
    return dataclasses.field(default=default, metadata=metadata)


def parameters(kind: type, under: str = "") -> Iterator[Tuple[str, dataclasses.Field]]:
    """(name, field) of each setting of a dataclass; those of a nested one as outer/inner."""
    for field in fields(kind):
        if is_dataclass(field.default):
            yield from parameters(type(field.default), f"{under}{field.name}/")
        else:
            yield under + field.name, field


def parameter(kind: type, name: str) -> dataclasses.Field:
    """The field of a name of parameters()."""
    return dict(parameters(kind))[name]


def allowed(field: dataclasses.Field) -> str:
    """The values that a field may have, with their unit; "" for any of its type."""
    metadata = field.metadata
    if "choices" in metadata:
        some = "some of " if isinstance(field.default, tuple) else ""
        return some + ", ".join(metadata["choices"])
    unit = f"[{metadata['unit']}]" if metadata.get("unit") else ""
    if "low" not in metadata:
        return unit
    return f"{short(metadata['low'])}..{short(metadata['high'])} {unit}".rstrip()


def short(number: float) -> str:
    """A number as people write it: 1, not 1.0."""
    return f"{number:g}" if isinstance(number, float) else str(number)


def described(field: dataclasses.Field) -> str:
    """Range, unit and meaning of a field in one line."""
    return "; ".join(filter(None, [allowed(field), field.metadata["doc"]]))


def check_range(value: Any, field: dataclasses.Field, name: str) -> None:
    """Raise BadSetting for a value of the right type that the field does not allow."""
    low, high = (field.metadata.get(bound) for bound in ("low", "high"))
    choices = field.metadata.get("choices")
    if choices is not None and value not in choices:
        raise BadSetting(f"{name} is {value!r}; allowed are {allowed(field)}")
    if low is not None and not low <= value <= high:  # NaN lies between no two numbers
        raise BadSetting(f"{name} is {value!r}; allowed are {allowed(field)}")


def read(
    kind: Type[Settings],
    get: Callable[[str, Any], Any],
    shown: Callable[[str], str] = str,
) -> Settings:
    """Settings of a kind from values by the names of parameters(). Raises BadSetting.

    get(name, default) gives a value; shown(name) is how an error names it. Values are of the type
    of the default; an int is taken for a float and for a string, a boolean for the word "true" or
    "false" where the field says so. A tuple is a list of different names for topics.
    """
    return _read(kind, get, shown, "")


def _read(
    kind: Type[Settings],
    get: Callable[[str, Any], Any],
    shown: Callable[[str], str],
    under: str,
) -> Settings:
    values: Dict[str, object] = {}
    for field in fields(kind):
        name = under + field.name
        inner: type = type(field.default)
        if is_dataclass(inner):
            values[field.name] = _read(inner, get, shown, name + "/")
        elif isinstance(field.default, tuple):
            values[field.name] = _names(get(name, []), field, shown(name))
        else:
            values[field.name] = _scalar(get(name, field.default), field, shown(name))
    return kind(**values)


def _scalar(value: Any, field: dataclasses.Field, name: str) -> object:
    """The value in the type of the field."""
    kind: type = type(field.default)
    if field.metadata.get("boolean") and type(value) is bool:  # YAML's on and off are some, too
        value = str(value).lower()
    from_int = kind in (float, str) and type(value) is int
    if type(value) is not kind and not from_int:
        expected = f"expected {kind.__name__}, such as {field.default!r}"
        raise BadSetting(f"{name} is {value!r}; {expected}")
    check_range(value, field, name)
    return kind(value)


def _names(value: Any, field: dataclasses.Field, name: str) -> Tuple[str, ...]:
    """A list of different names as a tuple."""
    choices = field.metadata.get("choices")
    legal = isinstance(value, (list, tuple)) and all(
        isinstance(v, str) and _NAME.fullmatch(v) for v in value
    )
    if not legal or len(set(value)) < len(value):
        expected = "expected a list of different names, such as [front, left]"
    elif choices is not None and not set(value) <= set(choices):
        expected = f"expected {allowed(field)}"
    else:
        return tuple(value)
    raise BadSetting(f"{name} is {value!r}; {expected}")

"""Names of private parameters: unknown ones are refused, those of other drivers translated."""

from __future__ import annotations

import difflib
import sys
from dataclasses import fields, is_dataclass
from typing import Any, Iterator, Mapping, Set

import rospy

from lightweight_openpose.settings import parameters


class UnknownParameter(ValueError):
    """A private parameter that the node would not read."""


def check_names(kind: type) -> None:
    """Refuse private parameters that the settings `kind` do not have. Raises UnknownParameter.

    Where `kind` has `aliases`, names of other drivers -> names of fields, parameters of these
    names are renamed on the parameter server; "" stands for one without a meaning here. Those of
    its `old_names` are renamed with a warning. An unknown
    name of the command line is deleted, so that the next start is without it.
    """
    given = rospy.get_param(rospy.get_name(), {})
    given = given if isinstance(given, Mapping) else {}
    old_names = getattr(kind, "old_names", {})
    aliases = {**getattr(kind, "aliases", {}), **old_names}
    unknown = list(unknown_names(kind, {n: v for n, v in given.items() if n not in aliases}))
    typed = _typed_names()
    for name in unknown:
        if name in typed:
            rospy.delete_param("~" + name)
    if unknown:
        raise UnknownParameter(_refusal(unknown[0], kind, unknown[0] not in typed))
    for name in aliases.keys() & given.keys():
        _rename(name, aliases[name], given[name], name in old_names)


def unknown_names(kind: type, given: Mapping[str, Any], under: str = "") -> Iterator[str]:
    """Names in the tree `given` that are no fields of `kind`, those in groups as group/name.

    A group that `kind` does not have is another node's, whose namespace has the name of this
    node, or a topic's: it is let through unless its name is nearly that of a group of `kind`.
    """
    defaults = {field.name: field.default for field in fields(kind)}
    groups = [name for name, default in defaults.items() if is_dataclass(default)]
    for name, value in given.items():
        if name in groups and isinstance(value, Mapping):
            yield from unknown_names(type(defaults[name]), value, f"{under}{name}/")
        elif name in groups or name not in defaults:
            if not isinstance(value, Mapping):
                yield under + name
            elif difflib.get_close_matches(name, groups, 1):
                yield from (f"{under}{name}/{inner}" for inner in value)


def _refusal(name: str, kind: type, stays: bool) -> str:
    """stays: whether the parameter is on the parameter server at the next start too."""
    known = [known for known, _ in parameters(kind)]
    near = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(known)}"
    full = rospy.resolve_name("~" + name)
    remedy = f" (to forget one of an earlier start: rosparam delete {full})" if stays else ""
    return f"{full} is no parameter of this node: {hint}{remedy}"


def _typed_names() -> Set[str]:
    """Names of the private parameters of this command line."""
    typed = (argument.split(":=")[0] for argument in sys.argv[1:] if ":=" in argument)
    return {name[1:] for name in typed if name.startswith("_") and not name.startswith("__")}


def _rename(name: str, meaning: str, value: Any, is_old: bool) -> None:
    rospy.delete_param("~" + name)
    if meaning:
        rospy.set_param("~" + meaning, value)
    if is_old:
        text = "%s: ~%s is now ~%s; the old name is gone in version 2"
        rospy.logwarn(text, rospy.get_name(), name, meaning)
    elif meaning:
        rospy.loginfo("%s: ~%s is taken as ~%s", rospy.get_name(), name, meaning)
    else:
        rospy.loginfo("%s: ~%s has no meaning here: ignored", rospy.get_name(), name)

"""Private parameters as settings: type and range checked once, in errors that name them."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import fields, is_dataclass
from typing import Callable, Type, TypeVar

import rosgraph
import rosgraph.names
import rospy

from lightweight_openpose.backends.first_answer import NoAnswer, leave

from .connection_faults import faults
from .diagnostics import publish_diagnostics
from .master_watch import MasterWatch
from .param_names import check_names
from .process_tuning import tune_for_images
from .tcpros_guard import guard_connections
from .tcpros_patch import patch_recv_buff

Settings = TypeVar("Settings")


class BadParameter(ValueError):
    """A parameter has a value that cannot be used."""


def read(kind: Type[Settings], get_param: Callable = rospy.get_param, under: str = "~") -> Settings:
    """Settings from the private parameters of the names of their fields. Raises BadParameter.

    kind: a dataclass whose fields have defaults, and say by `poses.ranged` what else is allowed,
    which numbers always do.
    A field that is a dataclass itself is read from the parameters under its name. Parameters are
    of the type of the default; an int is taken for a float and for a string, a boolean for the word
    "true" or "false" where the field says so. A tuple is a list of different names for topics.
    """
    values = {}
    for field in fields(kind):
        name = under + field.name
        if is_dataclass(field.default):
            values[field.name] = read(type(field.default), get_param, name + "/")
        elif isinstance(field.default, tuple):
            values[field.name] = _names(name, get_param(name, []), field)
        else:
            values[field.name] = _scalar(name, get_param(name, field.default), field)
    return kind(**values)


def _scalar(name, value, field):
    """The value in the type of the field."""
    kind = type(field.default)
    if field.metadata.get("boolean") and type(value) is bool:  # YAML's on and off are some, too
        value = str(value).lower()
    from_int = kind in (float, str) and type(value) is int
    if type(value) is not kind and not from_int:
        expected = f"expected {kind.__name__}, such as {field.default!r}"
        raise BadParameter(f"{rospy.resolve_name(name)} is {value!r}; {expected}")
    if not _within(value, **field.metadata):
        raise BadParameter(f"{rospy.resolve_name(name)} is {value!r}; {_allowed(**field.metadata)}")
    return kind(value)


def _within(value, low=None, high=None, choices=None, **_):
    """Of numbers, only finite ones lie between two others."""
    if choices is not None:
        return value in choices
    return low is None or low <= value <= high


def _allowed(low=None, high=None, choices=None, **_):
    return f"allowed are {low}..{high}" if choices is None else f"allowed are {', '.join(choices)}"


def _names(name, value, field):
    """A list of different names as a tuple."""
    choices = field.metadata.get("choices")
    legal = isinstance(value, (list, tuple)) and all(
        isinstance(v, str) and rosgraph.names.is_legal_base_name(v) for v in value
    )
    if not legal or len(set(value)) < len(value):
        expected = "expected a list of different names, such as [front, left]"
    elif choices is not None and not set(value) <= set(choices):
        expected = f"expected some of [{', '.join(choices)}]"
    else:
        return tuple(value)
    raise BadParameter(f"{rospy.resolve_name(name)} is {value!r}; {expected}")


def wait_for_master(period: float = 0.2) -> None:
    """Return once the master answers; says once that it waits.

    rospy fails when private parameters meet no master.
    """
    try:
        online = rosgraph.is_master_online()
        if not online:
            print(
                f"no ROS master at {rosgraph.get_master_uri()} yet: waiting for it "
                "(start roscore, or set ROS_MASTER_URI)",
                file=sys.stderr,
                flush=True,
            )
        while not online:
            time.sleep(period)
            online = rosgraph.is_master_online()
    except KeyboardInterrupt:
        raise SystemExit(1) from None


def mend_shutdown() -> None:
    """rospy 1.15, of Debian 11, asks threads for what Python 3.9 left out, and ends in an error."""
    if not hasattr(threading.Thread, "isAlive"):
        threading.Thread.isAlive = threading.Thread.is_alive  # type: ignore[attr-defined]


def run(name: str, kind: Type[Settings], make_node: Callable[[Settings], object]) -> None:
    """Wait for the master, init node `name`, make_node(its settings), spin.

    A start that fails logs why in one line and exits with 1; so does a node that says by its
    attribute `failed` that a fault ended it.
    """
    mend_shutdown()
    tune_for_images()
    patch_recv_buff()
    unguarded = guard_connections()  # before rospy opens any
    wait_for_master()
    rospy.init_node(name)
    if unguarded:
        rospy.logwarn("%s: connections stay as rospy has them: %s", rospy.get_name(), unguarded)
    master = MasterWatch()
    try:
        check_names(kind)
        node = make_node(read(kind))
    except (ValueError, RuntimeError, OSError) as error:
        rospy.logfatal("%s cannot start: %s", rospy.get_name(), error)
        if isinstance(error, NoAnswer):
            rospy.signal_shutdown(str(error))
            leave(1)
        raise SystemExit(1)
    rospy.on_shutdown(getattr(node, "close", lambda: None))
    publish_diagnostics("connections", faults.fill)
    master.spin()
    if getattr(node, "failed", False):
        raise SystemExit(1)

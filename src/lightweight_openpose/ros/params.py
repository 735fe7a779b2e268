"""Private parameters with their type checked, and errors that name them."""
from __future__ import annotations

import rospy

from .receive import reuse_receive_buffers


class BadParameter(ValueError):
    """A parameter has a value that cannot be used."""


def get(name: str, default, low=None, high=None, choices=None):
    """Value of the private parameter ~name, of the type of default. Raises BadParameter.

    An int is taken for a float; low, high and choices bound the value.
    """
    value = rospy.get_param("~" + name, default)
    where = rospy.resolve_name("~" + name)
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if isinstance(default, str) and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if type(value) is not type(default):
        raise BadParameter(f"{where} is {value!r}; expected {type(default).__name__}, such as {default!r}")
    if (low is not None and value < low) or (high is not None and value > high):
        raise BadParameter(f"{where} is {value!r}; allowed are " + (f"{low} and more" if high is None else f"{low}..{high}"))
    if choices is not None and value not in choices:
        raise BadParameter(f"{where} is {value!r}; allowed are {', '.join(map(str, choices))}")
    return value


def run(name: str, make_node) -> None:
    """Init node `name`, make_node(), spin. A start that fails logs the reason in one line and exits with 1."""
    reuse_receive_buffers()
    rospy.init_node(name)
    try:
        node = make_node()
    except (ValueError, RuntimeError, OSError) as error:
        rospy.logfatal("%s cannot start: %s", rospy.get_name(), error)
        raise SystemExit(1)
    rospy.on_shutdown(getattr(node, "close", lambda: None))
    rospy.spin()

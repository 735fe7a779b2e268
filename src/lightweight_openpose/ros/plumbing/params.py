"""Private parameters with their type checked, and errors that name them."""
from __future__ import annotations

import sys
import time

import rosgraph
import rosgraph.names
import rospy

from .process_tuning import suit_to_images
from .tcpros_patch import read_lean


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


def names(name: str) -> list:
    """Value of the private parameter ~name, a list of names for topics (empty by default). Raises BadParameter."""
    value = rospy.get_param("~" + name, [])
    fine = isinstance(value, list) and all(isinstance(v, str) and rosgraph.names.is_legal_base_name(v) for v in value)
    if not fine or len(set(value)) < len(value):
        raise BadParameter(f"{rospy.resolve_name('~' + name)} is {value!r}; expected a list of different names, such as "
                           "[front, left]")
    return value


def wait_for_master(period: float = 0.2) -> None:
    """Return once the master answers; says once that it waits. rospy fails when private parameters meet no master."""
    try:
        online = rosgraph.is_master_online()
        if not online:
            print(f"no ROS master at {rosgraph.get_master_uri()} yet: waiting for it (start roscore, or set ROS_MASTER_URI)",
                  file=sys.stderr, flush=True)
        while not online:
            time.sleep(period)
            online = rosgraph.is_master_online()
    except KeyboardInterrupt:
        raise SystemExit(1) from None


def run(name: str, make_node) -> None:
    """Wait for the master, init node `name`, make_node(), spin. A start that fails logs why in one line and exits with 1."""
    suit_to_images()
    read_lean()
    wait_for_master()
    rospy.init_node(name)
    try:
        node = make_node()
    except (ValueError, RuntimeError, OSError) as error:
        rospy.logfatal("%s cannot start: %s", rospy.get_name(), error)
        raise SystemExit(1)
    rospy.on_shutdown(getattr(node, "close", lambda: None))
    rospy.spin()

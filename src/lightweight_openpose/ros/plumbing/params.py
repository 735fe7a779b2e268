"""Private parameters as settings: type and range checked once, in errors that name them."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Callable, Type, TypeVar

import rosgraph
import rospy

from lightweight_openpose import settings
from lightweight_openpose.backends.first_answer import NoAnswer, leave

from .connection_faults import faults
from .diagnostics import publish_diagnostics
from .master_watch import MasterWatch
from .param_names import check_names
from .process_tuning import tune_for_images
from .tcpros_guard import guard_connections
from .tcpros_patch import patch_recv_buff

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Settings = TypeVar("Settings", bound="DataclassInstance")


def read(kind: Type[Settings], get_param: Callable[[str, Any], Any] = rospy.get_param) -> Settings:
    """Settings from the private parameters of the names of their fields. Raises BadSetting.

    As settings.read(); a field that is a dataclass itself is read from the parameters under its
    name.
    """
    return settings.read(
        kind,
        lambda name, default: get_param("~" + name, default),
        lambda name: rospy.resolve_name("~" + name),
    )


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


def leave_copies_alone() -> None:
    """Let signals end a copy of this process that a library forks, as they end any other.

    rospy's handlers, which the copy has too, take the node off the master.
    """
    os.register_at_fork(after_in_child=_as_any_other)


def _as_any_other() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)  # the thread that forked is the copy's main one


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
    leave_copies_alone()
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

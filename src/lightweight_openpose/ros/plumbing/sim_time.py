"""The parameter /use_sim_time, which belongs to everybody: what it was, and is to be again."""

from __future__ import annotations

import socket
from xmlrpc.client import Error

import rosgraph

from lightweight_openpose.ros.settings.replay import FALSE, TRUE, UNSET

_NAME = "/use_sim_time"


def sim_time() -> str:
    """One of STATES; unset where no master answers. Needs no node."""
    master = rosgraph.Master("/sim_time")
    try:
        value = master.getParam(_NAME) if master.hasParam(_NAME) else None
    except (socket.error, Error, rosgraph.MasterException):
        value = None
    if value is None:
        return UNSET
    return TRUE if value else FALSE


def set_sim_time(state: str) -> None:
    """Make it one of STATES. Where no master answers any more there is nothing to do."""
    master = rosgraph.Master("/sim_time")
    try:
        if state != UNSET:
            master.setParam(_NAME, state == TRUE)
        elif master.hasParam(_NAME):
            master.deleteParam(_NAME)
    except (socket.error, Error, rosgraph.MasterException):
        pass

"""Callbacks that nothing leaves."""

from __future__ import annotations

from typing import Callable, Optional

from lightweight_openpose.poses.skeleton import Skeleton
from lightweight_openpose.ros.messages.validation import check

from .diagnostics import StreamHealth


def guarded(
    health: StreamHealth, callback: Callable, skeleton: Optional[Skeleton] = None
) -> Callable:
    """The callback for messages that are as they should be, which never raises.

    A message that is not, and whatever goes wrong in the callback, is a fault of a frame: health
    counts and names it. What raises in a synchronizer would keep its lock and its messages.
    skeleton: that poses have to be of; None: of any.
    """

    def call(*messages):
        try:
            for msg in messages:
                check(msg, skeleton)
            callback(*messages)
        except Exception as error:  # the node outlives any one message
            health.fail(error, *messages)

    return call

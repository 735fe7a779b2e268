"""Callbacks that nothing leaves."""

from __future__ import annotations

from typing import Any, Callable, Optional

import rospy

from lightweight_openpose.poses import Skeleton
from lightweight_openpose.ros.messages.reading import read

from .diagnostics import StreamHealth
from .reasons import reason_of


class Guarded:
    """The callback for what is in good messages, which never raises.

    People come in arrays, see messages.reading. A message that is not what its definition says, and
    whatever goes wrong in the callback, is a fault of a frame: health counts and names it. What
    raises in a synchronizer would keep its lock and its messages.
    """

    def __init__(
        self,
        health: StreamHealth,
        callback: Callable[..., object],
        skeleton: Optional[Skeleton],
        frames: bool,
    ):
        self.health = health
        self.frames = frames
        self._callback = callback
        self._skeleton = skeleton

    def __call__(self, *messages: Any) -> None:
        """Take a message, or several that belong together."""
        if self.frames:
            self.health.receive()
        self.take(*messages)

    def take(self, *messages: Any) -> None:
        """The same of a frame that was counted when it came."""
        if self.frames:
            self.health.run_callback(self._work, *messages)
            return
        try:
            self._work(*messages)
        except Exception as error:  # as in run_callback
            self.health.refuse(error, *messages)

    def _work(self, *messages: Any) -> None:
        self._callback(*[read(msg, self._skeleton) for msg in messages])


def guarded(
    health: StreamHealth,
    callback: Callable[..., object],
    skeleton: Optional[Skeleton] = None,
    frames: bool = True,
) -> Guarded:
    """The callback as one that never raises, and whose messages have an account.

    skeleton: that poses have to be of; None: of any. frames: False for what is answered together
    with something else, such as a calibration: only what is bad of it is counted.
    """
    return Guarded(health, callback, skeleton, frames)


def guarded_service(handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The handler of a service, whose callers get one line about what was wrong."""

    def call(request: Any) -> Any:
        try:
            return handler(request)
        except rospy.ServiceException:
            raise
        except Exception as error:  # the node outlives any one request
            raise rospy.ServiceException(reason_of(error, (request,))) from None

    return call

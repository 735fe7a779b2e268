"""What camera_node says of its source on /diagnostics."""

from __future__ import annotations

from typing import Optional, Tuple

from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_updater import DiagnosticStatusWrapper

from lightweight_openpose.ros.plumbing.diagnostics import MessageRate

from .camera_player import Player


class CameraStatus:
    """An error while the source is lost, a warning while its picture stands still."""

    def __init__(self, source: str, player: Player):
        """source: its name; player: that plays it."""
        self._source = source
        self._player = player
        self._rate = MessageRate()
        self._frames = 0
        self._size: Optional[Tuple[int, int]] = None

    def tick(self, width: int, height: int) -> None:
        """A frame of this size [px] was published."""
        self._frames += 1
        self._size = width, height
        self._rate.tick()

    def fill(self, status: DiagnosticStatusWrapper) -> DiagnosticStatusWrapper:
        """The status with its level, message and values."""
        player = self._player
        if player.lost:
            status.summary(DiagnosticStatus.ERROR, player.lost)
        elif player.frozen:
            text = f"{self._source} sends the same picture: is it frozen?"
            status.summary(DiagnosticStatus.WARN, text)
        elif self._size is None:
            status.summary(DiagnosticStatus.OK, f"no frame of {self._source} yet")
        else:
            status.summary(DiagnosticStatus.OK, f"{self._rate():.1f} frames/s")
        status.add("source", self._source)
        status.add("frames", str(self._frames))
        status.add("size [px]", "{}x{}".format(*self._size) if self._size else "")
        status.add("times lost", str(player.times_lost))
        return status

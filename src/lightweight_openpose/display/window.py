"""A window on the screen, where there is one."""

from __future__ import annotations

import os
import re
import socket
import sys
from typing import Any

import cv2
import numpy as np

_END = (27, ord("q"))  # keys that close: Esc and q


class NoDisplay(RuntimeError):
    """No window can be opened; the message says why and names the remedy."""


def why_no_window() -> str:
    """Reason and remedy where no window can be opened, else empty."""
    if re.search(r"^\s*GUI:\s+NONE\s*$", cv2.getBuildInformation(), re.M):
        return (
            "this OpenCV is a headless build, without windows; install python3-opencv of the "
            "distribution, or opencv-python in the place of opencv-python-headless"
        )
    if not sys.platform.startswith("linux") or os.environ.get("WAYLAND_DISPLAY"):
        return ""
    display = os.environ.get("DISPLAY", "")
    if not display:
        return "there is no display: DISPLAY is not set; start it on a desktop or with `ssh -X`"
    # Asked here, since Qt ends the process where nobody answers.
    return "" if _answers(display) else f"no display answers at DISPLAY={display}"


def _answers(display: str) -> bool:
    """True where an X server listens at a display such as :0 or localhost:10.0."""
    match = re.fullmatch(r"([^:]*):(\d+)(\.\d+)?", display)
    if not match:
        return False
    host, screen = match.group(1), int(match.group(2))
    if host not in ("", "unix"):
        return _connects(socket.AF_INET, (host, 6000 + screen))
    path = f"/tmp/.X11-unix/X{screen}"  # noqa: S108, where X puts it
    return any(_connects(socket.AF_UNIX, name) for name in (path, "\0" + path))


def _connects(family: int, address: Any) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(3)
        try:
            probe.connect(address)
        except OSError:
            return False
    return True


class Window:
    """Shows pictures one after the other. Raises NoDisplay where there is no screen."""

    def __init__(self, title: str):
        reason = why_no_window()
        if reason:
            raise NoDisplay(f"no window can be shown: {reason}")
        self._title = title
        cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)
        self._sized = False

    def show(self, image: np.ndarray) -> bool:
        """Show a BGR image; False once somebody pressed q or Esc or closed the window."""
        if not self._sized:
            cv2.resizeWindow(self._title, image.shape[1], image.shape[0])
            self._sized = True
        cv2.imshow(self._title, image)
        return self._open(cv2.waitKey(1))

    def hold(self, image: np.ndarray) -> bool:
        """Show a BGR image until a key is pressed; False as for show()."""
        if not self.show(image):
            return False
        key = -1
        while key == -1 and self._open(key):
            key = cv2.waitKey(50)
        return self._open(key)

    def _open(self, key: int) -> bool:
        return (
            key & 0xFF not in _END and cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1
        )

    def close(self) -> None:
        """Take the window away."""
        cv2.destroyAllWindows()

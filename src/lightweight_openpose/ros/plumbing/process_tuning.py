"""Settings of a whole process that works on images."""

from __future__ import annotations

import ctypes
import sys

import cv2

# Options of mallopt(3) in glibc.
_MMAP_THRESHOLD = -3
_TRIM_THRESHOLD = -1
_TOP_PAD = -2
_ARENA_MAX = -8

_MALLOC_OPTIONS = (
    (_MMAP_THRESHOLD, 1 << 25),  # bytes
    (_TRIM_THRESHOLD, 1 << 28),  # bytes
    (_TOP_PAD, 1 << 22),  # bytes
    (_ARENA_MAX, 1),
)
_SWITCH_INTERVAL = 0.0005  # s


def tune_for_images() -> None:
    """Keep freed memory for the next frame, switch threads quickly, and keep OpenCV to one thread.

    glibc gives arrays as large as an image back to the kernel when they are freed and asks for
    them again with the next frame: getting fresh pages costs more than filling them. Python lets a
    thread that computes keep the interpreter for 5 ms, which is as long as a small network takes.
    OpenCV's own threads wait for work by turning in circles.
    """
    cv2.setNumThreads(1)
    sys.setswitchinterval(_SWITCH_INTERVAL)
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # another C library has none
    if mallopt is None:
        return
    for option, value in _MALLOC_OPTIONS:
        mallopt(option, value)

"""Settings of a whole process that works on images."""
from __future__ import annotations

import ctypes
import sys

import cv2

_MMAP_THRESHOLD, _TRIM_THRESHOLD, _TOP_PAD, _ARENA_MAX = -3, -1, -2, -8  # options of mallopt(3) in glibc
_SWITCH_INTERVAL = 0.0005  # s


def suit_to_images() -> None:
    """Keep freed memory for the next frame, let threads take turns quickly, and leave the cores to the network.

    glibc gives arrays as large as an image back to the kernel when they are freed and asks for them again with the next
    frame: getting fresh pages costs more than filling them. Python lets a thread that computes keep the interpreter for 5 ms,
    which is as long as a small network takes. OpenCV's own threads wait for work by turning in circles.
    """
    cv2.setNumThreads(1)
    sys.setswitchinterval(_SWITCH_INTERVAL)
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # another C library has none, and other habits
    if mallopt is None:
        return
    for option, value in ((_MMAP_THRESHOLD, 1 << 25), (_TRIM_THRESHOLD, 1 << 28), (_TOP_PAD, 1 << 22), (_ARENA_MAX, 1)):
        mallopt(option, value)

"""How large the images of a camera are, before anybody takes them."""

from __future__ import annotations

import queue
import threading
from typing import Callable, Optional, Tuple

import rospy
from sensor_msgs.msg import CameraInfo

from lightweight_openpose.video import BadImage, check_size

from .image_topics import without_transport
from .retire import retire


class CameraSize:
    """The size that the first camera_info next to an image topic names.

    size: (width, height) [px], None until it comes, and for good where it names none that images
    can have.
    """

    def __init__(self, image_topic: str):
        """image_topic: resolved, of raw or compressed images."""
        self.topic = without_transport(image_topic).rpartition("/")[0] + "/camera_info"
        self.size: Optional[Tuple[int, int]] = None
        self._on_size: Optional[Callable[[int, int], object]] = None
        self._lock = threading.Lock()
        threading.Thread(target=self._watch, daemon=True).start()

    def when_known(self, on_size: Callable[[int, int], object]) -> None:
        """Call on_size(width, height) once: at once where the size is known, else when it is."""
        with self._lock:
            self._on_size = on_size
            size = self.size
        if size is not None:
            on_size(*size)

    def _watch(self) -> None:
        arrived: queue.Queue = queue.Queue()
        subscriber = rospy.Subscriber(self.topic, CameraInfo, arrived.put, queue_size=1)
        info = arrived.get()
        retire(subscriber)
        self._see(info)

    def _see(self, info: CameraInfo) -> None:
        try:
            check_size(info.width, info.height)
        except BadImage:
            return  # the first image tells
        with self._lock:
            self.size = info.width, info.height
            on_size = self._on_size
        if on_size is not None:
            on_size(*self.size)

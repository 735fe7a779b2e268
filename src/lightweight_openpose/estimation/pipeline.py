"""Frames of one or more cameras through one estimator.

The newest of each, in turn, two stages at a time: stream -> pipeline -> stream.
"""

from __future__ import annotations

import queue
import threading
from collections import Counter, OrderedDict
from typing import Generic, Hashable, List, Optional, Tuple, TypeVar

import numpy as np

from lightweight_openpose.poses.pose import Pose

from .estimator import PoseEstimator, Timing
from .height_controller import HeightController

Key = TypeVar("Key", bound=Hashable)


class Stream:
    """Where frames come from and their poses go to; one per camera."""

    def load(self, item) -> np.ndarray:
        """BGR image (H, W, 3) uint8 of an item that was put."""
        raise NotImplementedError

    def deliver(self, item, image: np.ndarray, poses: List[Pose]) -> None:
        """The poses of an item, in the order in which the items were taken."""
        raise NotImplementedError

    def fail(self, error: Exception) -> None:
        """An item was given up."""
        raise NotImplementedError


class NewestOfEach(Generic[Key]):
    """Slots that hold the newest item of each key; taken in turn, so that no key starves."""

    def __init__(self):
        self.dropped: Counter[Key] = Counter()  # items of each key overtaken by a newer one
        self._condition = threading.Condition()
        # The key that has waited longest comes first.
        self._items: OrderedDict[Key, object] = OrderedDict()
        self._open = True

    def put(self, key: Key, item) -> bool:
        """Offer an item; whether one of the same key still waited, which is dropped for it."""
        with self._condition:
            overtakes = key in self._items
            self.dropped[key] += overtakes
            self._items[key] = item  # a newer item keeps the place of the one before
            self._condition.notify()
        return overtakes

    def take(self) -> Optional[Tuple[Key, object]]:
        """Wait for an item: (key, item), or None after close()."""
        with self._condition:
            self._condition.wait_for(lambda: self._items or not self._open)
            return self._items.popitem(last=False) if self._open else None

    def close(self) -> None:
        """Let those who wait go."""
        with self._condition:
            self._open = False
            self._condition.notify_all()


class Pipeline:
    """Runs the network on the next frame while the last one is decoded and delivered."""

    def __init__(self, estimator: PoseEstimator, heights: Optional[HeightController] = None):
        """heights: chooses the height of the network's input, None: the estimator's own stays."""
        self.lock = threading.Lock()  # held while the network runs, for others who use it
        self.timing = Timing()  # of the last frame
        self._estimator = estimator
        self._heights = heights
        self._slots: NewestOfEach[Stream] = NewestOfEach()
        self._inferred: queue.Queue = queue.Queue(maxsize=1)
        self._threads = [
            threading.Thread(target=target, daemon=True) for target in (self._infer, self._finish)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def input_height(self) -> int:
        """Height of the network's input for the next frame [px]."""
        return self._heights.height if self._heights else self._estimator.input_height

    def put(self, stream: Stream, item) -> bool:
        """Offer a frame; whether an older one of the stream still waited, which is dropped."""
        return self._slots.put(stream, item)

    def dropped(self, stream: Stream) -> int:
        """Frames of a stream that were overtaken by a newer one."""
        return self._slots.dropped[stream]

    def close(self) -> None:
        """End both threads after the frames in work."""
        self._slots.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def _infer(self):
        for stream, item in iter(self._slots.take, None):
            try:
                image = stream.load(item)
                with self.lock:
                    maps = self._estimator.infer(image, self.input_height)
                if self._heights:
                    self._heights.update((maps.timing.preprocess + maps.timing.network) / 1000)
            except Exception as error:  # the pipeline outlives any one frame
                stream.fail(error)
                continue
            self._inferred.put((stream, item, image, maps))
        self._inferred.put(None)

    def _finish(self):
        for stream, item, image, maps in iter(self._inferred.get, None):
            try:
                poses = self._estimator.decode(maps)
                self.timing = maps.timing
                stream.deliver(item, image, poses)
            except Exception as error:  # as above
                stream.fail(error)

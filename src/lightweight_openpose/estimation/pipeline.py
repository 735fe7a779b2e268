"""Frames of one or more cameras through one estimator: the newest of each, in turn, two stages at a time."""
from __future__ import annotations

import queue
import threading
from collections import Counter, OrderedDict
from typing import Callable, Hashable, List

import numpy as np

from lightweight_openpose.poses.pose import Pose

from .estimator import PoseEstimator


class NewestOfEach:
    """Slots that hold the newest item of each key; taken in turn, so that no key starves.

    dropped: how many items of each key were overtaken by a newer one.
    """

    def __init__(self):
        self.dropped = Counter()
        self._condition = threading.Condition()
        self._items = OrderedDict()  # the key that has waited longest comes first
        self._open = True

    def put(self, key: Hashable, item) -> None:
        with self._condition:
            self.dropped[key] += key in self._items
            self._items[key] = item  # a newer item keeps the place of the one before
            self._condition.notify()

    def take(self):
        """Wait for an item: (key, item), or None after close()."""
        with self._condition:
            self._condition.wait_for(lambda: self._items or not self._open)
            return self._items.popitem(last=False) if self._open else None

    def close(self) -> None:
        with self._condition:
            self._open = False
            self._condition.notify_all()


class Pipeline:
    """Runs the network on the next frame while the last one is decoded and delivered.

    load(item) -> BGR image (H, W, 3) uint8; deliver(key, item, image, poses) is called for one frame after the other, in the
    order in which they were taken; fail(key, error) for a frame that was given up. lock: held while the network runs, for
    others who use the estimator. before: called ahead of each frame.
    """

    def __init__(self, estimator: PoseEstimator, load: Callable[[object], np.ndarray],
                 deliver: Callable[[Hashable, object, np.ndarray, List[Pose]], None],
                 fail: Callable[[Hashable, Exception], None], before: Callable[[], None] = lambda: None):
        self.lock = threading.Lock()
        self._estimator, self._load, self._deliver, self._fail, self._before = estimator, load, deliver, fail, before
        self._slots = NewestOfEach()
        self._inferred = queue.Queue(maxsize=1)
        self._threads = [threading.Thread(target=target, daemon=True) for target in (self._infer, self._finish)]
        for thread in self._threads:
            thread.start()

    def put(self, key: Hashable, item) -> None:
        """Offer a frame; an older one of the same key that still waits is dropped."""
        self._slots.put(key, item)

    def dropped(self, key: Hashable) -> int:
        return self._slots.dropped[key]

    def close(self) -> None:
        """End both threads after the frames in work."""
        self._slots.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def _infer(self):
        for key, item in iter(self._slots.take, None):
            try:
                image = self._load(item)
                with self.lock:
                    self._before()
                    maps = self._estimator.infer(image)
            except Exception as error:  # the pipeline outlives any one frame
                self._fail(key, error)
                continue
            self._inferred.put((key, item, image, maps))
        self._inferred.put(None)

    def _finish(self):
        for key, item, image, maps in iter(self._inferred.get, None):
            try:
                self._deliver(key, item, image, self._estimator.decode(maps))
            except Exception as error:  # as above
                self._fail(key, error)

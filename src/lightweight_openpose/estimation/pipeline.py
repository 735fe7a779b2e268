"""Frames of one or more cameras through one estimator.

The newest of each, in turn, two stages at a time: stream -> pipeline -> stream.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter, OrderedDict
from concurrent.futures import Future
from functools import partial
from typing import Any, Callable, Generic, Hashable, List, Optional, Tuple, TypeVar, Union

from lightweight_openpose.poses import Pose
from lightweight_openpose.video import Picture

from .estimator import PoseEstimator
from .height_controller import HeightController
from .inference_requests import RequestLimit, TwoStreams
from .preparation import Preparation
from .regions import Regions
from .seen import Detections, Maps, Timing

STALE = 0.5  # s; a frame that waited so long for the network to get ready gives way to a newer one
UNDELIVERED = 3  # frames in work at most: in the network, waiting to be decoded, decoded

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")  # what a stream makes pictures of, such as a message


class Stream(Generic[Item]):
    """Where frames come from and their poses go to; one per camera."""

    regions: Optional[Regions] = None  # None: each frame is looked at as a whole

    def size_of(self, item: Item) -> Optional[Tuple[int, int]]:
        """(width, height) [px] of an item's picture, None where only loading it tells."""
        return None

    def preparing(self, width: int, height: int) -> None:
        """The network gets ready for pictures of this size [px]; frames wait."""

    def prepared(self, width: int, height: int, seconds: float) -> None:
        """It is ready for them, after so long."""

    def unprepared(self, error: Exception) -> None:
        """It cannot run on them: each frame of this size fails."""

    def overtaken(self) -> None:
        """An item that was taken is dropped for a newer one."""

    def load(self, item: Item, size: Optional[Tuple[int, int]], reduction: int) -> Picture:
        """The picture of an item that was put.

        size: as size_of() gave it; reduction: so many times smaller the image may be: 1, 2 or 4.
        """
        raise NotImplementedError

    def deliver(
        self, item: Item, picture: Picture, poses: List[Pose], complete: Callable[..., List[Pose]]
    ) -> List[Pose]:
        """The people of an item, in the order in which the items were taken; them with their ids.

        complete(people, people of the frame before): gives them hands and faces, see
        PoseEstimator.complete.
        """
        raise NotImplementedError

    def fail(self, error: Exception) -> None:
        """An item was given up."""
        raise NotImplementedError


class NewestOfEach(Generic[Key, Item]):
    """Slots that hold the newest item of each key; taken in turn, so that no key starves."""

    def __init__(self) -> None:
        self.dropped: Counter[Key] = Counter()  # items of each key overtaken by a newer one
        self._condition = threading.Condition()
        # The key that has waited longest comes first.
        self._items: OrderedDict[Key, Item] = OrderedDict()
        self._open = True

    def put(self, key: Key, item: Item) -> bool:
        """Offer an item; whether one of the same key still waited, which is dropped for it."""
        with self._condition:
            overtakes = key in self._items
            self.dropped[key] += overtakes
            self._items[key] = item  # a newer item keeps the place of the one before
            self._condition.notify()
        return overtakes

    def take(self) -> Optional[Tuple[Key, Item]]:
        """Wait for an item: (key, item), or None after close()."""
        with self._condition:
            self._condition.wait_for(lambda: self._items or not self._open)
            return self._items.popitem(last=False) if self._open else None

    def newer(self, key: Key, item: Item) -> Item:
        """The item of this key that came since one was taken, which is dropped, else that one."""
        with self._condition:
            self.dropped[key] += key in self._items
            return self._items.pop(key, item)

    def close(self) -> None:
        """Let those who wait go."""
        with self._condition:
            self._open = False
            self._condition.notify_all()


class Pipeline:
    """Runs the network on the next frames while the last one is decoded and delivered."""

    def __init__(
        self,
        estimator: PoseEstimator,
        heights: Optional[HeightController] = None,
        measure: Optional[Callable[[int, int], Optional[TwoStreams]]] = None,
    ):
        """heights: chooses the height of the network's input, None: the estimator's own stays.

        measure(width, height): PoseEstimator.two_streams, asked once, when frames first come
        faster than the network answers; None: they go in one by one, as where heights hold the
        rate.
        """
        self.lock = threading.Lock()  # held while the network runs alone, for others who use it
        self.timing = Timing()  # of the last frame
        self._estimator = estimator
        self._heights = heights
        self._measure = measure if heights is None else None
        self._two_streams: Optional[TwoStreams] = None
        self._preparation = Preparation(estimator, self.lock)
        self._request_limit = RequestLimit()
        self._slots: NewestOfEach[Stream, Any] = NewestOfEach()
        self._turn = threading.Lock()  # of the thread that takes the next frame
        self._running = threading.Condition()
        self._in_network = 0
        self._undelivered = threading.Semaphore(UNDELIVERED)
        self._inferred: queue.Queue = queue.Queue()  # in the order in which they were taken
        targets = [self._infer] * (2 if self._measure else 1) + [self._finish]
        self._threads = [threading.Thread(target=target, daemon=True) for target in targets]
        for thread in self._threads:
            thread.start()

    @property
    def input_height(self) -> int:
        """Height of the network's input for the next frame [px]."""
        return self._heights.height if self._heights else self._estimator.input_height

    @property
    def frames_in_network(self) -> int:
        """How many frames may be in the network at once, now."""
        return self._request_limit.frames

    def prepare(self, stream: Stream, width: int, height: int) -> bool:
        """Make the network ready for pictures of this size [px]; whether the stream had another.

        A runtime may compile for seconds; frames do so themselves where nobody called this before.
        """
        return self._preparation(stream, width, height, self.input_height)

    def put(self, stream: Stream[Item], item: Item) -> bool:
        """Offer a frame; whether an older one of the stream still waited, which is dropped."""
        self._request_limit.arrive(time.monotonic())
        return self._slots.put(stream, item)

    def dropped(self, stream: Stream) -> int:
        """Frames of a stream that were overtaken by a newer one."""
        return self._slots.dropped[stream]

    def close(self) -> None:
        """End the threads after the frames in work."""
        self._slots.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def _infer(self) -> None:
        """Take a frame when there is room for it, and run the network on it."""
        while True:
            with self._turn:
                self._undelivered.acquire()
                with self._running:
                    self._running.wait_for(lambda: self._in_network < self._request_limit.frames)
                taken = self._slots.take()
                if taken is None:
                    self._inferred.put(None)
                    return
                stream, item = taken
                item, size = self._newest(stream, item)
                seen: Future = Future()
                self._inferred.put((stream, item, seen))
                with self._running:
                    self._in_network += 1
            try:
                picture, maps = self._look(stream, item, size)
            except Exception as error:  # the pipeline outlives any one frame
                seen.set_exception(error)
            else:
                seen.set_result((picture, maps))
                if self._measure is not None and self._request_limit.late:
                    self._learn(self._measure, picture)
            with self._running:
                self._in_network -= 1
                self._running.notify()

    def _learn(self, measure: Callable[[int, int], Optional[TwoStreams]], picture: Picture) -> None:
        """Measure whether two frames at once are worth it here; nobody else is in the network."""
        self._measure = None
        try:
            with self.lock:
                parallel = measure(picture.width, picture.height)
        except Exception:  # such as too little memory: frames go in one by one, as until now
            return
        if parallel is not None:
            self._preparation.add(parallel)
            self._two_streams = parallel
            self._request_limit.allow_two(parallel.slowdown)

    def _newest(self, stream: Stream[Item], item: Item) -> Tuple[Item, Optional[Tuple[int, int]]]:
        """The item and its size; the newest where it waited for the network to get ready for it."""
        size = stream.size_of(item)
        start = time.monotonic()
        if size is None or not self.prepare(stream, *size) or time.monotonic() - start < STALE:
            return item, size
        newest = self._slots.newer(stream, item)
        if newest is item:
            return item, size
        stream.overtaken()
        return newest, stream.size_of(newest)

    def _look(
        self, stream: Stream[Item], item: Item, size: Optional[Tuple[int, int]]
    ) -> Tuple[Picture, Union[Maps, Detections]]:
        """Picture of an item, and what the network says of it."""
        start = time.monotonic()
        height = self.input_height
        reduction = 1 if size is None else self._estimator.reduction_for(*size, height)
        picture = stream.load(item, size, reduction)
        given = self._estimator.input_of(picture.image, height, picture.reduction, stream.regions)
        frames = self._request_limit.frames
        if self._two_streams is not None and frames > 1:
            maps = self._estimator.look(given, self._two_streams.backend)
        else:
            with self.lock:
                maps = self._estimator.look(given)
        seconds = time.monotonic() - start
        self._request_limit.took(seconds, frames)
        if self._heights:
            self._heights.update(seconds)
        return picture, maps

    def _finish(self) -> None:
        for stream, item, seen in iter(self._inferred.get, None):
            try:
                picture, maps = seen.result()
                poses = self._estimator.people(maps)
                complete = partial(self._estimator.complete, maps)
                tracked = stream.deliver(item, picture, poses, complete)
                self.timing = maps.timing
                if stream.regions is not None:
                    stream.regions.update(tracked, maps)
            except Exception as error:  # as above
                stream.fail(error)
            self._undelivered.release()

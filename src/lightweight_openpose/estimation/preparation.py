"""The network is compiled for the size of a camera's pictures before a frame waits for it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Dict, Optional, Tuple

from .estimator import PoseEstimator
from .inference_requests import TwoStreams

if TYPE_CHECKING:
    from .pipeline import Stream


class Preparation:
    """Runs the network once for each size of pictures that a stream has, when it is new."""

    def __init__(self, estimator: PoseEstimator, lock: threading.Lock):
        """lock: held while the network runs alone."""
        self._estimator = estimator
        self._two_streams: Optional[TwoStreams] = None
        self._lock = lock
        self._turn = threading.Lock()
        self._prepared: Dict[Stream, Tuple[int, int, int]] = {}  # sizes, the latest

    def add(self, parallel: TwoStreams) -> None:
        """Get this ready, too, from now on and for the sizes that there are."""
        with self._turn:
            self._two_streams = parallel
            self._prepared.clear()

    def __call__(self, stream: Stream, width: int, height: int, input_height: int) -> bool:
        """Return when the network is ready for pictures of this size [px]; whether that was new.

        The stream is notified before and after. A second thread waits for the first.
        """
        wanted = (width, height, input_height)
        if self._prepared.get(stream) == wanted:
            return False
        with self._turn:
            if self._prepared.get(stream) != wanted:
                self._prepare(stream, width, height, input_height)
                self._prepared[stream] = wanted
        return True

    def _prepare(self, stream: Stream, width: int, height: int, input_height: int) -> None:
        stream.preparing(width, height)
        start = time.monotonic()
        regions = stream.regions is not None
        try:
            with self._lock:
                self._estimator.prepare(width, height, input_height, regions=regions)
            if self._two_streams is not None:
                self._estimator.prepare(
                    width, height, input_height, self._two_streams.backend, regions
                )
        except Exception as error:
            stream.unprepared(error)
            return
        stream.prepared(width, height, time.monotonic() - start)

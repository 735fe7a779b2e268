"""How many frames may be in the network at once."""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Deque, List, NamedTuple, Optional, Tuple

import numpy as np

ARRIVALS = 30  # the rate of the frames is that of so many
SMOOTHING = 0.1  # share of the last frame in the mean time
LATE = 1.0  # share of the network's time that frames ask for, above which two go in
EARLY = 0.9  # and below which one goes in again
# Least gain in frames per second for which two go in at all. Other work on the cores, decoding too,
# makes it larger than it is alone: 1.1 alone was 1.4 in the node, and 1.03 nothing.
WORTH = 1.06
# Rounds of each kind, for so long [s] or so many, of which the fastest counts: other work only
# makes them slower.
MEASURED = 0.4
MIN_ROUNDS = 4


class TwoStreams(NamedTuple):
    """A network that takes two frames at once."""

    backend: Callable[[np.ndarray], Tuple[np.ndarray, ...]]  # for two threads at once
    slowdown: float  # times as long as alone that a frame then takes


def two_streams(
    backend: Callable[[np.ndarray], Tuple[np.ndarray, ...]], tensor: np.ndarray
) -> Optional[TwoStreams]:
    """Two frames at once in the network of a backend, None where that is not worth it here.

    It is measured on a tensor (N, 3, H, W): each layer of one frame waits for the slowest of its
    threads, of two frames with half of the threads each nobody waits, but each takes longer.
    """
    make = getattr(backend, "two_streams", None)
    parallel = make() if make is not None else None
    if parallel is None:
        return None
    with ThreadPoolExecutor(2) as pool:

        def pair() -> None:
            list(pool.map(parallel, (tensor, tensor)))

        pair()  # makes the network ready
        rounds: List[Tuple[float, float]] = []
        end = time.perf_counter() + MEASURED
        while len(rounds) < MIN_ROUNDS or time.perf_counter() < end:
            rounds.append((_seconds(lambda: backend(tensor)), _seconds(pair)))
    alone, both = np.min(rounds, axis=0)
    return TwoStreams(parallel, both / alone) if 2 * alone >= WORTH * both else None


def _seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


class RequestLimit:
    """One frame while the network answers it before the next one comes, two while it does not.

    Two at once are more frames per second, but each is older when it comes out.
    """

    def __init__(self, slowdown: Optional[float] = None):
        """slowdown: time of a frame next to another over that alone; None: there are never two."""
        self._slowdown = slowdown
        self._arrivals: Deque[float] = deque(maxlen=ARRIVALS)
        self._alone: Optional[float] = None  # s that a frame takes alone
        self._frames = 1
        self._late = False
        self._lock = threading.Lock()

    @property
    def frames(self) -> int:
        """Number of frames that may be in the network now."""
        return self._frames

    @property
    def late(self) -> bool:
        """Whether frames come faster than they are answered one by one."""
        return self._late

    def allow_two(self, slowdown: float) -> None:
        """From now on two may go in; slowdown: as above."""
        with self._lock:
            self._slowdown = slowdown

    def arrive(self, now: float) -> None:
        """A frame came at this time [s]."""
        with self._lock:
            self._arrivals.append(now)

    def took(self, seconds: float, frames: int) -> None:
        """A frame took so long from its turn to its maps, as one of so many."""
        with self._lock:
            alone = seconds if frames == 1 or not self._slowdown else seconds / self._slowdown
            self._alone = alone if self._alone is None else self._alone
            self._alone += SMOOTHING * (alone - self._alone)
            asked = self._rate() * self._alone
            self._late = asked > LATE
            if self._slowdown is None:
                return
            if self._late:
                self._frames = 2
            elif asked < EARLY:
                self._frames = 1

    def _rate(self) -> float:
        """Frames that come per second; 0 while few have come."""
        if len(self._arrivals) < ARRIVALS:
            return 0.0
        return (len(self._arrivals) - 1) / max(self._arrivals[-1] - self._arrivals[0], 1e-6)

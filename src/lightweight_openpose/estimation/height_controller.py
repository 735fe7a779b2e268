"""The largest input height that holds a frame rate on the machine at hand."""

from __future__ import annotations

from typing import List, Optional

STEP = 32  # px, between heights
SHARES = (1.0, 0.8, 0.65, 0.5)  # of the largest height
SMOOTHING = 0.1  # share of the last frame in the mean time
SETTLE = 20  # frames after a change before the next one
LATE = 1.05  # of the time per frame, above which a smaller height is taken
EARLY = 0.85  # of the time per frame, below which a larger height is tried


class HeightController:
    """Chooses the height [px] of the network's input from the time that frames take."""

    def __init__(self, target_fps: float, largest: int):
        """target_fps: frames per second to hold; largest: height [px] that is never exceeded.

        The other heights are shares of it, at least 128.
        """
        self.target_fps = target_fps
        self.heights = heights_below(largest)
        self._index = 0  # of the current height
        self._mean: Optional[float] = None  # s per frame at this height
        self._frames = 0  # at this height

    @property
    def height(self) -> int:
        """Height of the next frame [px]."""
        return self.heights[self._index]

    def update(self, seconds: float) -> int:
        """Height of the next frame [px], now that the last one took so long at the current one."""
        self._frames += 1
        if self._frames <= 2:
            return self.height  # the first frames of a size pay for making the network ready
        mean = seconds if self._mean is None else self._mean
        mean += SMOOTHING * (seconds - mean)
        self._mean = mean
        if self._frames < SETTLE:
            return self.height
        budget = 1 / self.target_fps
        if mean > LATE * budget and self._index + 1 < len(self.heights):
            self._go(self._index + 1)
        elif self._index and self._expected(mean, self._index - 1) < EARLY * budget:
            self._go(self._index - 1)
        return self.height

    def _expected(self, mean: float, index: int) -> float:
        """Time per frame [s] at another height: it grows with the area."""
        return mean * (self.heights[index] / self.height) ** 2

    def _go(self, index: int) -> None:
        self._index = index
        self._mean = None
        self._frames = 0


def heights_below(largest: int) -> List[int]:
    """Heights to choose from, largest first."""
    steps = {max(128, round(largest * share / STEP) * STEP) for share in SHARES[1:]}
    return [largest] + sorted((h for h in steps if h < largest), reverse=True)

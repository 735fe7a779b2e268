"""The largest input height that holds a frame rate on the machine at hand."""

from __future__ import annotations

from typing import List

STEP = 32  # px, between heights
SHARES = (1.0, 0.8, 0.65, 0.5)  # of the largest height
SMOOTHING = 0.1  # share of the last frame in the mean time
SETTLE = 20  # frames after a change before the next one
LATE, EARLY = (
    1.05,
    0.85,
)  # of the time per frame: above it a smaller height is taken, below it a larger one is tried


class HeightController:
    """Chooses the height [px] of the network's input from the time that frames take.

    target_fps: frames per second to hold; largest: height that is never exceeded; the others are shares of it, at least 128.
    """

    def __init__(self, target_fps: float, largest: int):
        self.target_fps = target_fps
        self.heights = heights_below(largest)
        self._index = 0
        self._mean = None
        self._frames = 0

    @property
    def height(self) -> int:
        return self.heights[self._index]

    def update(self, seconds: float) -> int:
        """Tell the time that the last frame took at the current height; the height for the next one."""
        self._frames += 1
        if self._frames <= 2:
            return self.height  # the first frames of a size pay for making the network ready
        self._mean = (
            seconds if self._mean is None else self._mean + SMOOTHING * (seconds - self._mean)
        )
        if self._frames < SETTLE:
            return self.height
        budget = 1 / self.target_fps
        if self._mean > LATE * budget and self._index + 1 < len(self.heights):
            self._go(self._index + 1)
        elif self._index and self._expected(self._index - 1) < EARLY * budget:
            self._go(self._index - 1)
        return self.height

    def _expected(self, index):
        """Time per frame at another height: it grows with the area."""
        return self._mean * (self.heights[index] / self.height) ** 2

    def _go(self, index):
        self._index, self._mean, self._frames = index, None, 0


def heights_below(largest: int) -> List[int]:
    """Heights to choose from, largest first."""
    steps = {max(128, round(largest * share / STEP) * STEP) for share in SHARES[1:]}
    return [largest] + sorted((h for h in steps if h < largest), reverse=True)

"""How often one address is answered over HTTP, so that nobody can guess tokens or flood a robot."""
from __future__ import annotations

import time
from collections import OrderedDict
from typing import Callable, Optional

BURST = 200  # requests at once
REFILL = 50.0  # requests/s that follow
WRONG = 20  # requests that a wrong token counts for
MOST_ADDRESSES = 1024  # that are remembered, the latest


class RateLimit:
    """A bucket of requests for each address."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._buckets: OrderedDict = OrderedDict()  # address -> (requests left, when)

    def allows(self, address: Optional[str]) -> bool:
        """Whether a request of an address is to be answered; it is counted if so."""
        left = self._left(address)
        if left < 1:
            return False
        self._put(address, left - 1)
        return True

    def punish(self, address: Optional[str]) -> None:
        """Count a wrong token."""
        self._put(address, self._left(address) - WRONG)

    def _left(self, address) -> float:
        left, when = self._buckets.get(address, (BURST, 0.0))
        return min(BURST, left + REFILL * (self._clock() - when))

    def _put(self, address, left):
        self._buckets[address] = (max(left, 0.0), self._clock())
        self._buckets.move_to_end(address)
        if len(self._buckets) > MOST_ADDRESSES:
            self._buckets.popitem(last=False)

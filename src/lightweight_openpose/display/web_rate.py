"""How often is answered over HTTP, so that nobody floods a robot or guesses tokens at speed."""

from __future__ import annotations

import asyncio
import time
from typing import Callable

from aiohttp import web

BURST = 200  # requests at once
REFILL = 100.0  # requests/s that follow
DELAY = 1.0  # s that the answer to a wrong token takes
MAX_GUESSES = 16  # wrong tokens whose answers wait at a time


class RateLimit:
    """A bucket of requests for those who were let in: who was not cannot empty it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._left = float(BURST)
        self._when = clock()

    def allows(self) -> bool:
        """Whether a request is to be answered; it is counted if so."""
        now = self._clock()
        self._left = min(BURST, self._left + REFILL * (now - self._when))
        self._when = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Guesses:
    """Slows down who tries tokens, and nobody who has one: the right one is never asked to wait."""

    def __init__(self) -> None:
        self._waiting = 0

    async def wait(self) -> None:
        """Keep a wrong token's answer back; raises HTTPTooManyRequests where many wait already."""
        if self._waiting >= MAX_GUESSES:
            raise web.HTTPTooManyRequests(text="too many wrong tokens: wait a moment\n")
        self._waiting += 1
        try:
            await asyncio.sleep(DELAY)
        finally:
            self._waiting -= 1

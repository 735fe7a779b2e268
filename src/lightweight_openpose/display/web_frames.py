"""The newest image, for all who watch."""

from __future__ import annotations

import asyncio
from typing import Optional, Tuple


class Frames:
    """The newest JPEG, handed to every viewer: one encoding serves all of them."""

    def __init__(self) -> None:
        self._jpeg: Optional[bytes] = None
        self._number = 0
        self._fresh = asyncio.Event()

    def forget(self) -> None:
        """Drop the newest frame: it is of a time long gone."""
        self._jpeg = None

    def put(self, jpeg: bytes) -> None:
        """Hand a frame to those who wait; in the loop of the server."""
        self._jpeg = jpeg
        self._number += 1
        fresh = self._fresh
        self._fresh = asyncio.Event()
        fresh.set()

    async def after(self, number: int) -> Tuple[int, Optional[bytes]]:
        """(number, JPEG) of the newest frame, as soon as it is a later one."""
        while self._number == number:
            await self._fresh.wait()
        return self._number, self._jpeg

"""Who watches, and whether anybody does."""

from __future__ import annotations

import asyncio
import re
from typing import Callable, Dict, Hashable, Optional

MAX_VIEWERS = 32  # each with one picture and one stream of numbers
LINGER = 3.0  # s after the last viewer left until nobody counts as watching


def viewer_of(name: str) -> Hashable:
    """Who watches: a page by the name that it gave itself when it was loaded, others each alone."""
    return name if re.fullmatch(r"[0-9A-Za-z]{1,64}", name) else object()


class Viewers:
    """Counts those who watch; in the loop of the server alone.

    A page that is loaded again, or a script that asks now and then, is no end of watching.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, watching: Callable[[bool], None]):
        """watching(bool) is called when the first comes and LINGER after the last has left."""
        self._streams: Dict[Hashable, Dict[str, asyncio.Transport]] = {}  # of viewers, by path
        self._loop = loop
        self._tell = watching
        self._watched = False
        self._leaving: Optional[asyncio.TimerHandle] = None

    @property
    def count(self) -> int:
        """How many watch."""
        return len(self._streams)

    def enter(self, who: Hashable, path: str, transport: asyncio.Transport) -> bool:
        """Somebody watches a stream; False where there is no room for one more viewer.

        A viewer has one stream of a path: that before ends, as its page asks again only when it
        lost it. So nobody gets more than two connections by a name.
        """
        if who not in self._streams and self.count >= MAX_VIEWERS:
            return False
        streams = self._streams.setdefault(who, {})
        if path in streams:
            streams[path].abort()
        streams[path] = transport
        self._come()
        return True

    def leave(self, who: Hashable, path: str, transport: asyncio.Transport) -> None:
        """The stream over this transport ended."""
        streams = self._streams.get(who, {})
        if streams.get(path) is not transport:
            return  # there is another by now
        del streams[path]
        if not streams:
            del self._streams[who]
            self._go()

    def drop(self, who: Hashable) -> None:
        """Close all streams of a viewer: a page notices that only of its numbers."""
        for transport in self._streams.get(who, {}).values():
            transport.abort()

    def glance(self) -> None:
        """Somebody watches for a moment."""
        self._come()
        self._go()

    def _come(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        if not self._watched:
            self._watched = True
            self._tell(True)

    def _go(self) -> None:
        if not self._streams and self._leaving is None:
            self._leaving = self._loop.call_later(LINGER, self._left)

    def _left(self) -> None:
        self._leaving = None
        self._watched = False
        self._tell(False)

"""Memory per track id that forgets by itself."""

from __future__ import annotations

from typing import Callable, Dict, Generic, Optional, TypeVar

Item = TypeVar("Item")


class PerTrack(Generic[Item]):
    """One thing per track id: call `at` with the stamp of each frame, then take `memory[track_id]`.

    An id that was not asked for within `forget` seconds is forgotten, and everything is when time
    goes back, as it does when a recording starts again.
    """

    def __init__(self, factory: Callable[[], Item], forget: float = 5.0):
        """factory: makes the thing for a new id; forget: [s]."""
        self._factory = factory
        self._forget = forget
        self._items: Dict[int, Item] = {}
        self._seen: Dict[int, float] = {}
        self._stamp: Optional[float] = None

    def at(self, stamp: float) -> None:
        """A frame at this time [s] begins."""
        if self._stamp is not None and stamp < self._stamp:
            self._items.clear()
            self._seen.clear()
        self._stamp = stamp
        for track_id in [i for i, seen in self._seen.items() if stamp - seen > self._forget]:
            del self._items[track_id]
            del self._seen[track_id]

    def __getitem__(self, track_id: int) -> Item:
        """The thing of an id, created where there is none; the id counts as seen."""
        if self._stamp is None:
            raise RuntimeError("at() has not been called")
        self._seen[track_id] = self._stamp
        if track_id not in self._items:
            self._items[track_id] = self._factory()
        return self._items[track_id]

    def __setitem__(self, track_id: int, item: Item) -> None:
        if self._stamp is None:
            raise RuntimeError("at() has not been called")
        self._seen[track_id] = self._stamp
        self._items[track_id] = item

    def get(self, track_id: int) -> Optional[Item]:
        """The thing of an id, None where there is none; the id does not count as seen."""
        return self._items.get(track_id)

    def __len__(self) -> int:
        return len(self._items)

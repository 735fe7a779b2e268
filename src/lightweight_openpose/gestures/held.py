"""A value that does not flicker."""

from __future__ import annotations

from typing import Generic, Optional, TypeVar

Value = TypeVar("Value")


class Held(Generic[Value]):
    """A value that changes only after another was seen for some time."""

    def __init__(self, hold: float, value: Value, lost: float = float("inf")):
        """hold: [s] that another value must be seen; lost: [s] without any until it is the first.

        value: the first.
        """
        self.value = value
        self._first = value
        self._hold = hold
        self._lost = lost
        self._candidate = value
        self._since: Optional[float] = None  # of the candidate [s]
        self._seen: Optional[float] = None  # when there was any value [s]

    def update(self, seen: Optional[Value], stamp: float) -> Value:
        """seen: None when it is not known, which changes nothing at first; stamp: [s]."""
        if seen is None:
            self._since = None
            if self._seen is not None and stamp - self._seen >= self._lost:
                self.value = self._first
            return self.value
        self._seen = stamp
        if seen == self.value:
            self._since = None
            return self.value
        if self._since is None or seen != self._candidate:
            self._since, self._candidate = stamp, seen
        if stamp - self._since >= self._hold:
            self.value = seen
            self._since = None
        return self.value

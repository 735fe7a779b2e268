"""What became of each frame that came to a node."""

from __future__ import annotations

import threading
from typing import Dict, NamedTuple


class Totals(NamedTuple):
    """Counts since the start: received = answered + dropped + bad + in_flight."""

    received: int
    answered: int
    dropped: int  # for a newer one, or because what belongs to it never came
    bad: int  # given up for a fault in them
    in_flight: int  # received, and none of the others yet


class Account:
    """Counts frames from all threads of a node."""

    def __init__(self) -> None:
        self._received = self._answered = self._dropped = self._bad = 0
        self._lock = threading.Lock()

    def receive(self) -> None:
        """A frame came."""
        with self._lock:
            self._received += 1

    def answer(self) -> None:
        """A frame that came was answered."""
        with self._lock:
            self._answered += 1

    def drop(self, count: int = 1) -> None:
        """Frames that came will not be answered, for no fault of theirs."""
        with self._lock:
            self._dropped += count

    def give_up(self) -> int:
        """A frame that came has a fault; how many had one so far."""
        with self._lock:
            self._bad += 1
            return self._bad

    def refuse(self) -> int:
        """Something bad came that is no frame, such as a calibration; the same count."""
        with self._lock:
            self._received += 1
            self._bad += 1
            return self._bad

    def totals(self) -> Totals:
        """All counts of one moment."""
        with self._lock:
            done = self._answered, self._dropped, self._bad
            return Totals(self._received, *done, self._received - sum(done))


class SequenceGaps:
    """Messages that were published but did not arrive, by the sequence numbers of each sender.

    ROS numbers the messages of a publisher in `header.seq`; one that its own queue, or the network,
    loses leaves a gap.
    """

    def __init__(self) -> None:
        self.lost = 0
        self._last: Dict[str, int] = {}  # sender -> sequence number

    def see(self, sender: str, seq: int) -> None:
        """A message came; one that is not above the sender's last means that it began again."""
        last = self._last.get(sender)
        if last is not None and seq > last:
            self.lost += seq - last - 1
        self._last[sender] = seq

    def forget(self) -> None:
        """What comes after this follows nothing: the inputs were not connected for a while."""
        self._last.clear()

"""What the browser page shows: the people of the newest frame, and the rate and age of the frames."""
from __future__ import annotations

import math
import threading
import time
from collections import deque

KEEP = 2.0  # s for which heads and distances stay beside a person who is still seen


class WebState:
    """Newest people with their heads and distances; fed by ROS threads, read by the server's."""

    def __init__(self, clock=time.monotonic):
        self._clock, self._lock = clock, threading.Lock()
        self._people, self._heads, self._places = [], {}, {}
        self._arrivals, self._age, self._last = deque(maxlen=300), None, None

    def on_poses(self, people, age_s: float) -> None:
        """people: (track id, score, joints found) of a frame; age_s: since its image was taken [s]."""
        with self._lock:
            self._people, self._age, self._last = list(people), age_s, self._clock()
            self._arrivals.append(self._last)

    def on_heads(self, heads) -> None:
        """heads: (track id, yaw, pitch, roll) [rad]."""
        with self._lock:
            self._heads.update({head[0]: (self._clock(), head[1:]) for head in heads if head[0] >= 0})

    def on_places(self, places) -> None:
        """places: (track id, distance [m], whether it is an estimate)."""
        with self._lock:
            self._places.update({p[0]: (self._clock(), p[1:]) for p in places if p[0] >= 0 and math.isfinite(p[1])})

    def snapshot(self) -> dict:
        """JSON-ready: fps, age_ms, silent_s (since the last frame) and people; null where unknown. Angles in degrees."""
        with self._lock:
            now = self._clock()
            self._heads, self._places = (
                {k: v for k, v in d.items() if now - v[0] < KEEP} for d in (self._heads, self._places))
            fps = sum(now - t < 2 for t in self._arrivals) / 2
            people = [self._person(*p) for p in self._people] if self._last is not None and now - self._last < KEEP else []
            return {"fps": fps, "age_ms": None if self._age is None else round(1000 * self._age),
                    "silent_s": None if self._last is None else round(now - self._last, 1), "people": people}

    def _person(self, track_id, score, joints):
        _, angles = self._heads.get(track_id, (0, (None,) * 3))
        _, (distance, estimated) = self._places.get(track_id, (0, (None, None)))
        yaw, pitch, roll = (None if a is None else round(math.degrees(a), 1) for a in angles)
        return {"id": track_id, "score": round(score, 3), "joints": joints, "yaw": yaw, "pitch": pitch, "roll": roll,
                "distance_m": None if distance is None else round(distance, 2), "distance_estimated": estimated}

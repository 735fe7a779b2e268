"""What the browser page shows: people, and the rate and age of the frames."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from itertools import zip_longest
from typing import Callable, Deque, Dict, Iterable, List, Optional, Sequence, Tuple, Union

from lightweight_openpose.poses import GROUPS

_ANGLES = ("yaw", "pitch", "roll")
KEEP = 2.0  # s for which heads and distances stay with a person who is still seen


class WebState:
    """Newest people with their heads and positions; fed by ROS threads, read by the server's."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self.restart()

    def restart(self) -> None:
        """Forget everything: somebody looks again after a time when nothing was received."""
        with self._lock:
            self._people: List[tuple] = []
            self._heads: Dict[int, Tuple[float, list]] = {}
            self._places: Dict[int, Tuple[float, Tuple[float, bool]]] = {}
            self._seen_from_above: Optional[Tuple[float, list]] = (
                None  # (when, positions of everybody)
            )
            self._arrivals: Deque[float] = deque(maxlen=300)
            self._age: Optional[float] = None  # [s] of the newest frame
            self._last: Optional[float] = None  # when it came
            self._last_image: Optional[float] = None

    def on_image(self) -> None:
        """An image was shown."""
        with self._lock:
            self._last_image = self._clock()

    def on_poses(self, people: Iterable[tuple], age_s: float) -> None:
        """age_s: since the image was taken [s].

        people: (track id, score, joints found) each, and of those with hands or a face the points
        of each of poses.pose.GROUPS in their order, x, y [px] and score, none of what was not
        found.
        """
        with self._lock:
            self._people = list(people)
            self._age = age_s
            self._last = self._clock()
            self._arrivals.append(self._last)

    def on_heads(self, heads: Iterable[tuple]) -> None:
        """heads: (track id, yaw, pitch, roll) [rad] each.

        And where they are known their standard deviations [rad].
        """
        with self._lock:
            now = self._clock()
            for track_id, *angles in heads:
                if track_id >= 0:
                    self._heads[track_id] = (now, angles)

    def on_places(self, places: Sequence[tuple], estimated: bool) -> None:
        """`places`: (track id, x, z [m], their changes [m/s]) in the camera's optical frame, x to
        the right and z away from it; NaN where unknown. estimated: distances are guessed.
        """
        with self._lock:
            now = self._clock()
            known = [p for p in places if math.isfinite(p[1]) and math.isfinite(p[2])]
            self._seen_from_above = (now, [self._place(*p) for p in known])
            for track_id, _, z, *_ in known:
                if track_id >= 0:
                    self._places[track_id] = (now, (z, estimated))

    def snapshot(self) -> dict:
        """JSON-ready; null where unknown, also for what is no finite number.

        fps; age_ms; silent_s and image_silent_s since the last poses and the last image; people:
        angles and their standard deviations in degrees, distances in metres, hands as 21 times x,
        y [px] and score, or empty, faces as 32 times that;
        `places`: [m] and [m/s] of everybody, null when no poses in metres come.
        """
        with self._lock:
            now = self._clock()
            self._heads = {k: v for k, v in self._heads.items() if now - v[0] < KEEP}
            self._places = {k: v for k, v in self._places.items() if now - v[0] < KEEP}
            silent = self._since(self._last)
            above = self._seen_from_above
            return {
                "fps": sum(now - t < 2 for t in self._arrivals) / 2,
                "age_ms": None if self._age is None else _number(1000 * self._age, 0),
                "silent_s": silent,
                "image_silent_s": self._since(self._last_image),
                "people": [self._person(*p) for p in self._people] if _current(silent) else [],
                "places": above[1] if above and _current(now - above[0]) else None,
            }

    def _since(self, moment: Optional[float]) -> Optional[float]:
        return None if moment is None else round(self._clock() - moment, 1)

    def _person(self, track_id: int, score: float, joints: int, *groups: Sequence) -> dict:
        _, angles = self._heads.get(track_id, (0, ()))
        unknown = (math.nan,) * (2 * len(_ANGLES) - len(angles))
        degrees = [_number(math.degrees(a), 1) for a in (*angles, *unknown)]
        _, (distance, estimated) = self._places.get(track_id, (0, (math.nan, None)))
        return {
            "id": track_id,
            "score": _number(score, 3),
            "joints": joints,
            **dict(zip((*_ANGLES, *(f"{name}_stddev" for name in _ANGLES)), degrees)),
            "distance_m": _number(distance, 2),
            "distance_estimated": estimated,
            **{
                name: [_joint(*joint) for joint in points]
                for name, points in zip_longest(GROUPS, groups, fillvalue=())
            },
        }

    @staticmethod
    def _place(track_id: int, x: float, z: float, vx: float, vz: float) -> dict:
        return {
            "id": track_id,
            "x": _number(x, 2),
            "z": _number(z, 2),
            "vx": _number(vx, 2),
            "vz": _number(vz, 2),
        }


def _current(age: Optional[float]) -> bool:
    """Whether what is that old [s] still holds."""
    return age is not None and age < KEEP


def _joint(x: float, y: float, score: float) -> list:
    return [_number(x, 1), _number(y, 1), _number(score, 2)]


def _number(value: float, digits: int) -> Union[float, int, None]:
    """Rounded, or None where JSON has no word for it."""
    if not math.isfinite(value):
        return None
    return round(value, digits) if digits else round(value)

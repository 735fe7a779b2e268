"""What the demo's monitor goes by: which frame to keep, and whether the camera ended."""

from __future__ import annotations

import statistics
import time
from collections import OrderedDict
from typing import Dict, List, Optional, Sequence, Tuple, TypeVar

import genpy
import rospy
from std_msgs.msg import Header

from lightweight_openpose.msg import HeadOrientation

Item = TypeVar("Item")
_REMEMBERED = 100  # frames whose image may still come
_UPRIGHT = 1.0  # rad


def awaited(estimator_there: bool, size: Optional[Tuple[int, int]]) -> str:
    """What has to come before the first poses can.

    estimator_there: whether it gives poses; size: (width, height) [px] of the images, None before
    the first.
    """
    if not estimator_there:
        return "the estimator: it loads the network"
    if size is None:
        return "the first image of the camera"
    width, height = size
    return f"the first poses: the network is prepared for images of {width}x{height} px"


class Delays:
    """How long images wait for their poses, by the clock of this process.

    The stamps of a clip do not say it: they follow the footage.
    """

    def __init__(self) -> None:
        self._begun: OrderedDict[genpy.Time, float] = OrderedDict()  # stamp -> s
        self._delays: List[float] = []  # ms

    def begin(self, stamp: genpy.Time) -> None:
        """The image of this stamp came."""
        _remember(self._begun, stamp, time.monotonic())

    def end(self, stamp: genpy.Time) -> None:
        """Its poses came."""
        begun = self._begun.get(stamp)
        if begun is not None:
            self._delays.append(1000 * (time.monotonic() - begun))

    def summary(self) -> Dict[str, float]:
        """Median and 95th percentile [ms]; empty where nothing was measured."""
        delays = sorted(self._delays)
        if not delays:
            return {}
        return {
            "latency_ms_median": round(delays[len(delays) // 2], 1),
            "latency_ms_p95": round(delays[int(0.95 * (len(delays) - 1))], 1),
        }


class Turns:
    """Tells of which poses the camera may hear, so that no node behind the estimator loses frames.

    While the estimator works on a frame the one before is drawn; no more than that.
    """

    def __init__(self) -> None:
        self._waiting: Optional[Header] = None  # of poses that the camera has not heard of
        self._latest: Optional[genpy.Time] = None  # of the latest poses
        self._before: Optional[genpy.Time] = None  # of the poses before them
        self._drawn: Optional[genpy.Time] = None  # of the latest drawing

    def on_poses(self, header: Header) -> None:
        """The poses of an image with this header came."""
        self._before = self._latest
        self._latest = header.stamp
        self._waiting = header

    def on_drawing(self, stamp: genpy.Time) -> None:
        """The drawing of this stamp came."""
        self._drawn = stamp

    def take(self) -> Optional[Header]:
        """The header of the latest poses, once, when those before them are drawn; else None."""
        drawn = self._before is None or (self._drawn is not None and self._drawn >= self._before)
        taken = self._waiting if drawn else None
        self._waiting = None if drawn else self._waiting
        return taken


class FrameChoice:
    """Tells of which frame a picture is worth keeping.

    Several people, a head with its orientation and ids for all come first, then the mean score of
    the people: the frame with the most people is the one with the most false ones.
    """

    def __init__(self) -> None:
        # Stamp -> (scores, whether all have ids).
        self._people: OrderedDict[genpy.Time, Tuple[Sequence[float], bool]] = OrderedDict()
        self._heads: OrderedDict[genpy.Time, int] = OrderedDict()  # stamp -> how many heads
        self._best = (0, 0.0)

    def on_poses(self, stamp: genpy.Time, scores: Sequence[float], tracked: bool) -> None:
        """Scores of the people in the frame of this stamp, and whether all of them have ids."""
        _remember(self._people, stamp, (scores, tracked))

    def on_heads(self, stamp: genpy.Time, count: int) -> None:
        """How many heads of that frame have an orientation that can be believed."""
        _remember(self._heads, stamp, count)

    def is_best(self, stamp: genpy.Time) -> bool:
        """Whether the frame shows more than every one that this was asked of before."""
        scores, tracked = self._people.get(stamp, ((), False))
        if not scores:
            return False
        shown = (len(scores) > 1) + (self._heads.get(stamp, 0) > 0) + tracked
        quality = (shown, statistics.mean(scores))
        if quality <= self._best:
            return False
        self._best = quality
        return True


def is_upright(head: HeadOrientation) -> bool:
    """Whether a HeadOrientation is as of somebody who stands or sits: others are mostly wrong."""
    return abs(head.roll) < _UPRIGHT and abs(head.pitch) < _UPRIGHT


def _remember(memory: OrderedDict[genpy.Time, Item], stamp: genpy.Time, value: Item) -> None:
    memory[stamp] = value
    if len(memory) > _REMEMBERED:
        memory.popitem(last=False)


class NodeWatch:
    """Whether a node came, and went again."""

    def __init__(self, name: str):
        self._name = rospy.resolve_name(name)
        self._came = False
        self._gone_at: Optional[float] = None  # s, monotonic; None: there, or not yet come

    def update(self) -> None:
        """Ask the master; when it does not answer, its last answer holds."""
        try:
            publishers = dict(rospy.get_master().getSystemState()[2][0])
        except OSError:
            return
        there = self._name in publishers.get("/rosout", [])
        self._came = self._came or there
        if there or not self._came:
            self._gone_at = None
        elif self._gone_at is None:
            self._gone_at = time.monotonic()

    def gone_for(self, now: float) -> float:
        """Seconds since it went, 0 while it is there or has not come yet."""
        return 0.0 if self._gone_at is None else now - self._gone_at

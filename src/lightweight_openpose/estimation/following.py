"""The people in one frame after the other, with ids."""

from __future__ import annotations

from functools import partial
from typing import Callable, Iterable, Iterator, NamedTuple, Optional

from lightweight_openpose.poses.people import People
from lightweight_openpose.tracking import PersonTracker, with_ids
from lightweight_openpose.video import VideoFrame

from .estimator import PoseEstimator
from .in_order import estimates
from .regions import Regions
from .seen import Maps


class Followed(NamedTuple):
    """What is known of a frame."""

    frame: VideoFrame
    people: People  # with ids, and with hands and faces where these are looked for
    found: People  # as the estimator found them, those too that `shown` left out


def follow(
    estimator: PoseEstimator,
    frames: Iterable[VideoFrame],
    tracker: PersonTracker,
    at_once: bool = False,
    regions: Optional[Regions] = None,
    shown: Callable[[People], People] = lambda found: found,
) -> Iterator[Followed]:
    """The people of each frame, in order, at the frame's own time.

    at_once: each frame is answered before the next is asked for, as of a camera; else the network
    works ahead. regions: where not all of each frame is looked at. shown: takes out of the people
    found those who get ids.
    """
    for frame, estimate in estimates(estimator, frames, lambda f: f.image, at_once, regions):
        assert estimate is not None  # each frame has an image
        found = estimator.as_people(estimate.people, frame.image, frame.time, frame.file)
        complete = partial(estimator.complete, estimate.seen)
        people = with_ids(tracker, shown(found), frame.time, frame.image, complete=complete)
        if regions is not None:
            assert isinstance(estimate.seen, Maps)  # as PoseEstimator.has_regions() asks for
            regions.update(people, estimate.seen)
        yield Followed(frame, people, found)

"""Every frame of a recording, in order, as fast as the network goes."""

from __future__ import annotations

from typing import Callable, Iterable, Iterator, List, NamedTuple, Optional, Tuple, TypeVar, Union

import numpy as np

from lightweight_openpose.poses import Pose
from lightweight_openpose.video.ahead import mapped

from .estimator import PoseEstimator
from .regions import Regions
from .seen import Detections, Maps, NetworkInput

T = TypeVar("T")


class Estimate(NamedTuple):
    """What is found in one frame."""

    people: List[Pose]  # without hands and faces
    seen: Union[Maps, Detections]  # by the network, for PoseEstimator.complete, Regions.update


def estimates(
    estimator: PoseEstimator,
    items: Iterable[T],
    image_of: Callable[[T], Optional[np.ndarray]],
    at_once: bool = False,
    regions: Optional[Regions] = None,
) -> Iterator[Tuple[T, Optional[Estimate]]]:
    """(item, Estimate of its image) of each item; None where image_of(item) is None.

    The network runs on the next items while the caller uses one, on two where its runtime takes
    two. at_once: each item is answered before the next one is asked for, as of a camera. regions:
    of the images, which the caller updates after each of them: then it is the same each time how
    many updates a choice knows.
    """
    make = getattr(estimator.backend, "two_streams", None)
    parallel = make() if make is not None and not at_once else None

    def inputs() -> Iterator[Tuple[T, Optional[NetworkInput]]]:
        for item in items:
            image = image_of(item)
            yield item, None if image is None else estimator.input_of(image, regions=regions)

    def look(pair: Tuple[T, Optional[NetworkInput]]) -> Union[Maps, Detections, None]:
        return None if pair[1] is None else estimator.look(pair[1], parallel)

    workers = 1 if parallel is None else 2
    for (item, _), seen in mapped(look, inputs(), 0 if at_once else workers, workers):
        yield item, None if seen is None else Estimate(estimator.people(seen), seen)

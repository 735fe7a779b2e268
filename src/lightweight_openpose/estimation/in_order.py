"""Every frame of a recording, in order, as fast as the network goes."""

from __future__ import annotations

from typing import Callable, Iterable, Iterator, List, Optional, Tuple, TypeVar

import numpy as np

from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.video.ahead import mapped

from .estimator import PoseEstimator

T = TypeVar("T")


def estimates(
    estimator: PoseEstimator,
    items: Iterable[T],
    image_of: Callable[[T], Optional[np.ndarray]],
    at_once: bool = False,
) -> Iterator[Tuple[T, Optional[List[Pose]]]]:
    """(item, poses in its image) of each item; None where image_of(item) is None.

    The network runs on the next items while the caller uses one, on two where its runtime takes
    two. at_once: each item is answered before the next one is asked for, as of a camera.
    """
    make = getattr(estimator.backend, "side_by_side", None)
    beside = make() if make is not None and not at_once else None

    def look(item):
        image = image_of(item)
        return None if image is None else estimator.infer(image, backend=beside)

    workers = 1 if beside is None else 2
    for item, maps in mapped(look, items, 0 if at_once else workers, workers):
        yield item, None if maps is None else estimator.decode(maps)

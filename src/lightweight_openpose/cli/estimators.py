"""The estimator that the options of a command ask for."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Callable, Mapping

from lightweight_openpose.estimation import (
    MAX_INPUT_HEIGHT,
    MIN_INPUT_HEIGHT,
    DecoderConfig,
    PoseEstimator,
)

from .devices import check_device
from .options import DECODING


@dataclass
class WidePoseEstimator(PoseEstimator):
    """Finds the people at a given width of the network's input, whatever the aspect ratio."""

    input_width: int = 0  # [px]

    def input_height_for(self, width: int, height: int) -> int:
        """The height that gives the width, within what a network takes."""
        return min(MAX_INPUT_HEIGHT, max(MIN_INPUT_HEIGHT, self.input_width * height // width))


def open_estimator(
    options: Mapping[str, Any], notify: Callable[[str], object] = warnings.warn
) -> PoseEstimator:
    """PoseEstimator of options.estimator_options(). Raises what PoseEstimator.load does.

    And ValueError for a device that the runtime does not have.
    """
    known = {name: value for name, value in options.items() if name not in DECODING}
    where = (options.get(name, "auto") for name in ("backend", "device"))
    check_device(options.get("model", "default"), *where)
    kind = WidePoseEstimator if options.get("width") else PoseEstimator
    config = None
    if options.get("min_score"):
        config = DecoderConfig(min_score=options["min_score"])
    estimator = kind.load(**known, config=config, notify=notify)
    if isinstance(estimator, WidePoseEstimator):
        estimator.input_width = options["width"]
    return estimator

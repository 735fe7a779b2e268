"""An image in, poses out: from the network's input to the assembled people."""

from .decoding import DecoderConfig
from .estimator import MAX_INPUT_HEIGHT, MIN_INPUT_HEIGHT, PoseEstimator
from .regions import WHOLE_EVERY, Regions
from .settings import EstimatorSettings

__all__ = [
    "MAX_INPUT_HEIGHT",
    "MIN_INPUT_HEIGHT",
    "WHOLE_EVERY",
    "DecoderConfig",
    "EstimatorSettings",
    "PoseEstimator",
    "Regions",
]

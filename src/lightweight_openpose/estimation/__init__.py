"""An image in, poses out: from the network's input to the assembled people."""

from .decoding import DecoderConfig
from .estimator import PoseEstimator

__all__ = ["DecoderConfig", "PoseEstimator"]

"""What a network is given of an image, what it says of it, and how long that took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Optional, Tuple

import numpy as np

from .decoding import Map, on_host
from .packing import Layout
from .preprocessing import PixelMap


@dataclass
class Timing:
    """Milliseconds that the stages of a frame took."""

    preprocess: float = 0.0
    network: float = 0.0
    decode: float = 0.0
    hands: float = 0.0
    faces: float = 0.0


class NetworkInput(NamedTuple):
    """An image as the network takes it."""

    tensor: np.ndarray  # (1, 3, h, w) float32
    pixel_map: PixelMap  # of the input for the whole image
    timing: Timing  # of this frame
    image: np.ndarray  # (H, W, 3)
    layout: Optional[Layout] = None  # of the parts in it, None: the whole image
    reduction: int = 1  # px of the picture, in which poses are, per px of the image


class Maps(NamedTuple):
    """What the network says of one image."""

    heatmaps: Map  # (K+1, h, w), where the backend decodes
    pafs: Map  # (2L, h, w)
    pixel_map: PixelMap  # of the network's input for the whole image
    timing: Timing  # of this frame
    image: Optional[np.ndarray] = None  # (H, W, 3), in which hands are looked for
    layout: Optional[Layout] = None  # of the parts that were looked at, None: all of it
    reduction: int = 1  # as of NetworkInput

    def on_host(self) -> Tuple[np.ndarray, np.ndarray]:
        """Heatmaps and PAFs as arrays."""
        return on_host(self.heatmaps), on_host(self.pafs)


class Detections(NamedTuple):
    """What a network that gives whole people says of one image."""

    outputs: Tuple[np.ndarray, ...]  # of its layout, without the batch's axis
    pixel_map: PixelMap  # of its network input
    timing: Timing  # of this frame
    image: Optional[np.ndarray] = None  # (H, W, 3), in which hands are looked for
    reduction: int = 1  # as of NetworkInput

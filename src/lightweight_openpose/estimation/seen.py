"""What a network says of one image, and how long that took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Optional, Tuple

import numpy as np

from .decoding import Map, on_host
from .preprocessing import PixelMap


@dataclass
class Timing:
    """Milliseconds that the stages of a frame took."""

    preprocess: float = 0.0
    network: float = 0.0
    decode: float = 0.0
    hands: float = 0.0
    faces: float = 0.0


class Maps(NamedTuple):
    """What the network says of one image."""

    heatmaps: Map  # (K+1, h, w), where the backend decodes
    pafs: Map  # (2L, h, w)
    pixel_map: PixelMap  # of its network input
    timing: Timing  # of this frame
    image: Optional[np.ndarray] = None  # in which hands are looked for

    def on_host(self) -> Tuple[np.ndarray, np.ndarray]:
        """Heatmaps and PAFs as arrays."""
        return on_host(self.heatmaps), on_host(self.pafs)


class Detections(NamedTuple):
    """What a network that gives whole people says of one image."""

    outputs: Tuple[np.ndarray, ...]  # of its layout, without the batch's axis
    pixel_map: PixelMap  # of its network input
    timing: Timing  # of this frame
    image: Optional[np.ndarray] = None  # in which hands are looked for

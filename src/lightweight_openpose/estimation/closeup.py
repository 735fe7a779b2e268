"""Crops of people, and where the points of a network on such a crop lie in the image."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Crop(NamedTuple):
    """A turned square of an image, in coordinates where the centre of the first pixel is 0."""

    x: float  # [px] of its middle
    y: float
    side: float  # [px]
    angle: float = 0.0  # [rad] clockwise, by which its upper edge is turned against the image's
    mirrored: bool = False  # left and right change places on the way into the crop

    def matrix(self, size: int) -> np.ndarray:
        """(2, 3) map from px of the image to px of an input of size x size."""
        scale = size / self.side
        cosine, sine = scale * np.cos(self.angle), scale * np.sin(self.angle)
        turn = np.array([[cosine, sine], [-sine, cosine]])
        if self.mirrored:
            turn[0] = -turn[0]
        middle = np.full(2, (size - 1) / 2)
        return np.hstack([turn, (middle - turn @ (self.x, self.y))[:, None]])

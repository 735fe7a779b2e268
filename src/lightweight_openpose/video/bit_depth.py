"""Images of 16 bits to 8, by the bits that a camera uses."""

from __future__ import annotations

from typing import Callable, Optional

import cv2
import numpy as np

_DEPTHS = (8, 10, 12, 14, 16)  # bits of sensors


class BitsInUse:
    """How many bits the 16-bit images of one camera use: those that the brightest so far took.

    Most cameras put 10 or 12 bits into 16, which taken as 16 bits are a black image.
    """

    def __init__(self, notify: Optional[Callable[[str], None]] = None):
        """notify: called once for each number of bits that an image is stretched from."""
        self._notify = notify
        self._brightest = 0
        self._reported = {16}  # bits that need no word

    def to_8_bits(self, values: np.ndarray) -> np.ndarray:
        """(H, W) or (H, W, C) uint16 -> the same shape in uint8, the range in use stretched."""
        self._brightest = max(self._brightest, int(values.max()))
        bits = bits_of(self._brightest)
        if self._notify is not None and bits not in self._reported:
            self._reported.add(bits)
            self._notify(f"images of 16 bits use {bits} of them: they are stretched to be seen")
        full = (1 << bits) - 1
        return cv2.convertScaleAbs(values, alpha=255 / full).reshape(values.shape)


def bits_of(brightest: int) -> int:
    """Bits of the sensor that has such a value, 16 at most."""
    return next((bits for bits in _DEPTHS if brightest < 1 << bits), _DEPTHS[-1])

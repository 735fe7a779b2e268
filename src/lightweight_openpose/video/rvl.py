"""RVL, the lossless coding of depth images (Wilson, Fast Lossless Depth Image Compression, 2017).

Pixels come in turns: how many are 0, how many are not, and of each of those the difference from the
last that was not 0, its sign in the lowest bit. Each number is a row of groups of three bits, the
lowest first, in nibbles whose highest bit says that another follows; eight nibbles are a word.
"""

from __future__ import annotations

from typing import Any, List, Tuple

import numpy as np

from .images import BadImage, check_size

_LONGEST = 9  # nibbles of a number: more than MAX_PIXELS takes


def decode_rvl(data: bytes, width: int, height: int) -> np.ndarray:
    """(H, W) uint16 of an image in RVL. Raises BadImage with the reason."""
    check_size(width, height)
    numbers = _numbers(data)
    places, sources = _turns(numbers, width * height)
    signed = numbers[sources]
    values = np.cumsum((signed >> 1) ^ -(signed & 1))
    if len(values) and not (values.min() >= 0 and values.max() < 1 << 16):
        raise BadImage("depth in RVL with values outside of 16 bits: is it corrupt?")
    depth = np.zeros(width * height, np.uint16)
    depth[places] = values
    return depth.reshape(height, width)


def _numbers(data: bytes) -> np.ndarray:
    """All numbers, int64."""
    words = np.frombuffer(data, "<u4", len(data) // 4)
    nibbles = (words[:, None] >> np.arange(28, -1, -4, dtype=np.uint32) & 15).astype(np.int64)
    nibbles = nibbles.ravel()
    ends = np.flatnonzero(nibbles < 8) + 1
    if not len(ends):
        return np.empty(0, np.int64)
    starts = np.concatenate([[0], ends[:-1]])
    lengths = ends - starts
    if lengths.max() > _LONGEST:
        raise BadImage("depth in RVL with a number that is too long: is it corrupt?")
    groups = np.arange(ends[-1]) - np.repeat(starts, lengths)
    return np.add.reduceat((nibbles[: ends[-1]] & 7) << 3 * groups, starts)


def _turns(numbers: np.ndarray, size: int) -> Tuple[np.ndarray, np.ndarray]:
    """Indices of the pixels that are not 0, and of their numbers."""
    known: Any = numbers.tolist()  # integers; its type differs between numpy 1 and 2
    pixels: List[int] = []
    sources: List[int] = []
    counts: List[int] = []
    pixel = source = 0
    while pixel < size:
        if source + 1 >= len(known):
            raise BadImage(f"depth in RVL ends after {pixel} of {size} pixels")
        pixel += known[source]
        source += 2
        pixels.append(pixel)
        sources.append(source)
        counts.append(known[source - 1])
        pixel += counts[-1]
        source += counts[-1]
    if pixel > size or source > len(known):
        raise BadImage(f"depth in RVL that does not fill {size} pixels exactly: is it corrupt?")
    firsts = np.cumsum(counts) - counts
    within = np.arange(sum(counts)) - np.repeat(firsts, counts)
    return np.repeat(pixels, counts) + within, np.repeat(sources, counts) + within

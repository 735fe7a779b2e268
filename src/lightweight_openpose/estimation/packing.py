"""Parts of an image in one input of the network.

The parts keep the scale of the whole image and are packed into an input that is smaller than its
own, one of a few sizes, so that a runtime that compiles for each size meets no more.
"""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

# Sizes of the smaller inputs, as shares of a whole one's height and width. They are chosen so that
# one to three people who walk about need the fewest px; each costs a runtime some MB and ms to get
# ready.
SHARES = (
    (0.5, 0.25),
    (0.5, 0.5),
    (0.625, 0.25),
    (0.75, 0.5),
    (0.75, 0.7),
    (0.75, 0.8),
    (0.875, 0.25),
    (0.875, 0.55),
    (1.0, 0.55),
    (1.0, 0.7),
)
CELL = 8  # [px] of the input, to which parts are aligned: so their maps are parts of its maps
GAP = 8  # [px] of grey between parts


class Part(NamedTuple):
    """A rectangle of an image at the scale of the network's input [px]."""

    x: int
    y: int
    width: int
    height: int
    to_x: int = 0  # where it lies in the input
    to_y: int = 0


class Layout(NamedTuple):
    """Parts of an image in one input of the network."""

    parts: Tuple[Part, ...]
    height: int  # [px] of the input
    width: int


def aligned(edges: np.ndarray, height: int, width: int) -> Part:
    """The cells that hold x0, y0, x1, y1 [px] inside of an input of this size."""
    x0, y0 = (max(0, int(np.floor(v / CELL)) * CELL) for v in edges[:2])
    x1 = min(width, int(np.ceil(edges[2] / CELL)) * CELL)
    y1 = min(height, int(np.ceil(edges[3] / CELL)) * CELL)
    x0, y0 = min(x0, width - CELL), min(y0, height - CELL)
    return Part(x0, y0, max(CELL, x1 - x0), max(CELL, y1 - y0))


def apart(parts: List[Part]) -> List[Part]:
    """The same area and perhaps more, in parts that do not overlap."""
    left: List[Part] = []
    for part in parts:
        while True:
            other = next((o for o in left if _overlap(o, part)), None)
            if other is None:
                break
            left.remove(other)
            part = _union(other, part)
        left.append(part)
    return left


def _overlap(a: Part, b: Part) -> bool:
    disjoint = a.x + a.width <= b.x or b.x + b.width <= a.x
    return not disjoint and not (a.y + a.height <= b.y or b.y + b.height <= a.y)


def _union(a: Part, b: Part) -> Part:
    x, y = min(a.x, b.x), min(a.y, b.y)
    right, bottom = max(a.x + a.width, b.x + b.width), max(a.y + a.height, b.y + b.height)
    return Part(x, y, right - x, bottom - y)


def sizes(height: int, width: int) -> List[Tuple[int, int]]:
    """(height, width) [px] of the inputs for parts of one of this size, by area."""
    found = {(_cells(h * height), _cells(w * width)) for h, w in SHARES}
    return sorted((s for s in found if s[0] * s[1] < height * width), key=lambda s: s[0] * s[1])


def _cells(length: float) -> int:
    return max(CELL, int(np.ceil(length / CELL)) * CELL)


def pack(parts: Sequence[Part], height: int, width: int) -> Optional[Layout]:
    """The parts of an input of this size [px] in the smallest one that holds them; None: in none.

    One part alone is widened until it fills its input.
    """
    for size in sizes(height, width):
        placed = _placed(parts, *size)
        if placed is None:
            continue
        if len(placed) == 1:
            placed = [_widened(placed[0], *size, height, width)]
        return Layout(tuple(placed), *size)
    return None


def _placed(parts: Sequence[Part], height: int, width: int) -> Optional[List[Part]]:
    """The parts in rows, the highest first; None where there is no room."""
    placed: List[Part] = []
    x = y = row = 0
    for part in sorted(parts, key=lambda p: -p.height):
        if x and x + part.width > width:
            x, y, row = 0, y + row + GAP, 0
        if x + part.width > width or y + part.height > height:
            return None
        placed.append(part._replace(to_x=x, to_y=y))
        x += part.width + GAP
        row = max(row, part.height)
    return placed


def _widened(part: Part, height: int, width: int, whole_height: int, whole_width: int) -> Part:
    x = _start(part.x, part.width, width, whole_width)
    y = _start(part.y, part.height, height, whole_height)
    return Part(x, y, min(width, whole_width), min(height, whole_height))


def _start(start: int, length: int, wanted: int, whole: int) -> int:
    """Start of a stretch of the wanted length around another one, within the whole, in cells."""
    middle = start - (wanted - length) // 2
    return max(0, min(middle // CELL * CELL, whole - wanted))


def packed(content: np.ndarray, layout: Layout, fill: int) -> np.ndarray:
    """(h, w, 3) uint8 input with the parts of a whole one (H, W, 3), grey between them."""
    canvas = np.full((layout.height, layout.width, 3), fill, np.uint8)
    for p in layout.parts:
        canvas[p.to_y : p.to_y + p.height, p.to_x : p.to_x + p.width] = content[
            p.y : p.y + p.height, p.x : p.x + p.width
        ]
    return canvas

"""Text on an image: tags that avoid each other and the faces, and a bar along its lower edge."""

from __future__ import annotations

from typing import Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import cv2
import numpy as np

FONT = cv2.FONT_HERSHEY_SIMPLEX
WHITE = (255, 255, 255)
BLACK = (0, 0, 0)
_SCALE = 0.4  # of the font, for a unit of one px
_MIN_SCALE = 0.25  # a smaller font cannot be read
_BAR_SHADE = 0.35  # of the image's brightness below the bar
Color = Tuple[int, int, int]


class Box(NamedTuple):
    """A rectangle of an image [px]."""

    x: float
    y: float
    width: float
    height: float

    def overlap(self, other: Box) -> float:
        """Area that two boxes share [px^2]."""
        width = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        height = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return max(0.0, width) * max(0.0, height)


def unit_of(image: np.ndarray) -> float:
    """Width of a thin line that suits the image [px]."""
    return max(1.0, min(image.shape[:2]) / 360)


def text_size(text: str, scale: float) -> Tuple[int, int, int]:
    """Width, height over the base line and depth below it [px] of a text with its strokes."""
    (width, height), depth = cv2.getTextSize(text, FONT, scale, _stroke(scale))
    return width, height, depth


def _stroke(scale: float) -> int:
    return max(1, int(scale / _SCALE))


def put_text(
    image: np.ndarray, text: str, origin: Sequence[float], scale: float, color: Color
) -> None:
    """Text without a background, its lower left corner at origin (x, y) [px]."""
    corner = (int(origin[0]), int(origin[1]))
    cv2.putText(image, text, corner, FONT, scale, color, _stroke(scale), cv2.LINE_AA)


class Labels:
    """Puts tags on one image; the first ones get the best positions."""

    def __init__(self, image: np.ndarray, keep_free: Iterable[Box] = ()):
        """keep_free: boxes to leave alone where there is another place, such as faces."""
        self._image = image
        self._unit = unit_of(image)
        self._keep_free = list(keep_free)
        self._taken: List[Box] = []

    def tag(self, text: str, beside: Box, color: Color, size: float = 1.0) -> Box:
        """Draw a tag with a coloured background next to a box; size: of its font, over usual."""
        scale = _SCALE * self._unit * size
        width, height, depth = text_size(text, scale)
        pad = max(1, int(round(2 * self._unit * size)))
        whole = (width + 2 * pad, height + depth + 2 * pad)
        place = self._place(beside, whole)
        self._taken.append(place)
        corner = (int(place.x), int(place.y))
        end = (corner[0] + whole[0] - 1, corner[1] + whole[1] - 1)
        cv2.rectangle(self._image, corner, end, color, -1)
        base = (corner[0] + pad, corner[1] + pad + height)
        put_text(self._image, text, base, scale, _readable_on(color))
        return place

    def _place(self, beside: Box, whole: Tuple[int, int]) -> Box:
        """The first position around a box with the least of other things below it."""
        best: Optional[Tuple[float, Box]] = None
        for place in self._places(beside, whole):
            cost = sum(place.overlap(other) for other in self._taken)
            cost += 0.5 * sum(place.overlap(other) for other in self._keep_free)
            if best is None or cost < best[0]:
                best = (cost, place)
            if cost == 0:
                break
        assert best is not None  # there is always a position
        return best[1]

    def _places(self, beside: Box, whole: Tuple[int, int]) -> Iterator[Box]:
        """Above, below, at the sides, and farther and farther from these; inside the image."""
        width, height = whole
        gap = 2 * self._unit
        rows, columns = self._image.shape[:2]
        rows -= bar_height(self._image)
        for ring in range(5):
            far = gap + ring * (height + gap)
            middle = beside.y + beside.height / 2 - height / 2
            top = beside.y - height - far
            bottom = beside.y + beside.height + far
            right = beside.x + beside.width + far
            left = beside.x - width - far
            for x, y in (
                (beside.x, top),
                (right, beside.y),
                (left, beside.y),
                (beside.x, bottom),
                (right, middle),
                (left, middle),
                (right, top),
                (left, top),
            ):
                x = min(max(0.0, x), max(0, columns - width))
                y = min(max(0.0, y), max(0, rows - height))
                yield Box(x, y, width, height)


def _readable_on(color: Color) -> Color:
    """Black or white, whichever stands out (Rec. 601 luma)."""
    blue, green, red = color
    return BLACK if 0.114 * blue + 0.587 * green + 0.299 * red > 140 else WHITE


def bar_height(image: np.ndarray) -> int:
    """Rows along the lower edge that the bar may occupy."""
    unit = unit_of(image)
    _, height, depth = text_size("Ag", _SCALE * unit)
    return min(len(image), int(height + depth + 4 * unit))


def draw_bar(image: np.ndarray, parts: Sequence[Tuple[str, Color]]) -> None:
    """A darkened bar along the lower edge with texts in their colours, never cut.

    The font shrinks to what the image's width allows; what does not fit even so is left out, the
    last first.
    """
    unit = unit_of(image)
    rows, columns = image.shape[:2]
    parts = list(parts)
    gap = 8 * unit
    while parts:
        widths = [text_size(text, _SCALE * unit)[0] for text, _ in parts]
        needed = sum(widths) + gap * (len(parts) + 1)
        scale = _SCALE * unit * min(1.0, columns / needed)
        if scale >= _MIN_SCALE or len(parts) == 1:
            break
        parts.pop()
    if not parts:
        return
    shrunk = scale / (_SCALE * unit)
    _, height, depth = text_size("Ag", scale)
    bar = min(rows, int(height + depth + 4 * unit))
    image[rows - bar :] = (image[rows - bar :] * _BAR_SHADE).astype(np.uint8)
    x = gap * shrunk
    for text, color in parts:
        put_text(image, text, (x, rows - depth - 2 * unit), scale, color)
        x += text_size(text, scale)[0] + gap * shrunk

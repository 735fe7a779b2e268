"""Whether the whole picture has changed, so that nobody in it continues who was there before."""

from __future__ import annotations

from typing import Optional, Tuple

import cv2
import numpy as np

_WIDTH, _HEIGHT = 64, 48  # px of the small picture
_BLOCK = 12  # px; the small picture is looked at in blocks
_REACH = 3  # px that a block may have moved against the picture
_SAME = 0.8  # least correlation of a block that is found again
_KEPT = 1 / 6  # share of the blocks; where no more are found again the picture is another
_TEXTURE = 4.0  # minimum standard deviation of a block that differs from others
_BLOCKS = 6  # fewer of these are not enough: darkness, something before the lens


class SceneCut:
    """Compares each image with the one before, both made small.

    Blocks of the one before are looked for in the new one, where they were and where the motion of
    the camera has led them (phase correlation). Correlation does not see exposure; somebody who
    walks through close by, or a pan, leaves enough of the blocks to be found.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """The next image continues nothing."""
        self._last: Optional[np.ndarray] = None  # small picture
        self._last_corners = np.zeros((0, 2), int)  # of its blocks in which there is something

    def update(self, image: np.ndarray) -> bool:
        """True where a BGR image (H, W, 3) uint8 shows another scene than the one before.

        An image with next to nothing to see tells nothing: the next one is compared with what was
        before it.
        """
        small = _small(image)
        corners = _textured(small)
        if len(corners) < _BLOCKS:
            return False
        last, last_corners = self._last, self._last_corners
        self._last, self._last_corners = small, corners
        return last is not None and not _continues(last, last_corners, small)


def _small(image: np.ndarray) -> np.ndarray:
    """The green channel (_HEIGHT, _WIDTH) uint8."""
    step = max(1, min(image.shape[0] // (2 * _HEIGHT), image.shape[1] // (2 * _WIDTH)))
    fewer = np.ascontiguousarray(image[::step, ::step, 1])
    return cv2.resize(fewer, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA)


def _textured(small: np.ndarray) -> np.ndarray:
    """(n, 2) x, y [px] of the blocks in which there is something to see."""
    rows, columns = _HEIGHT // _BLOCK, _WIDTH // _BLOCK
    part = small[: rows * _BLOCK, : columns * _BLOCK].reshape(rows, _BLOCK, columns, _BLOCK)
    blocks = part.transpose(0, 2, 1, 3).reshape(rows, columns, -1).astype(np.float32)
    return np.argwhere(blocks.std(axis=2) >= _TEXTURE)[:, ::-1] * _BLOCK


def _continues(last: np.ndarray, corners: np.ndarray, small: np.ndarray) -> bool:
    """Whether enough blocks of the last small picture, at these corners, are in this one."""
    if _enough_found(last, small, corners, (0, 0)):
        return True
    window = cv2.createHanningWindow((_WIDTH, _HEIGHT), cv2.CV_32F)
    shift, _ = cv2.phaseCorrelate(np.float32(last), np.float32(small), window)
    moved = (round(shift[0]), round(shift[1]))
    return moved != (0, 0) and _enough_found(last, small, corners, moved)


def _enough_found(
    last: np.ndarray, small: np.ndarray, corners: np.ndarray, moved: Tuple[int, int]
) -> bool:
    """Stops as soon as it is sure. moved: (x, y) px of the picture."""
    found = 0
    left = 0  # blocks that have left the picture say nothing
    for x, y in corners:
        x0, y0 = x + moved[0] - _REACH, y + moved[1] - _REACH
        part = small[max(0, y0) : y0 + _BLOCK + 2 * _REACH, max(0, x0) : x0 + _BLOCK + 2 * _REACH]
        if min(part.shape) < _BLOCK:
            left += 1
            continue
        block = last[y : y + _BLOCK, x : x + _BLOCK]
        found += cv2.matchTemplate(part, block, cv2.TM_CCOEFF_NORMED).max() >= _SAME
        if found > _KEPT * len(corners):
            return True
    return found > _KEPT * (len(corners) - left)

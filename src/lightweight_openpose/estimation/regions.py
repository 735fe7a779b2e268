"""Between looks at whole images only those parts are looked at in which somebody was seen.

How they come into the network's input: packing.py.
"""

from __future__ import annotations

import threading
from typing import Dict, List, Optional, Sequence, Union

import cv2
import numpy as np

from lightweight_openpose.poses import Pose

from .packing import CELL, Layout, aligned, apart, pack
from .preprocessing import PixelMap
from .seen import Maps

WHOLE_EVERY = 10  # frames; in so many a person who comes is found at the latest
MARGIN = 0.12  # of a person's longer side, around the joints
MIN_MARGIN = 16.0  # [px] of the input: what is nearer to an edge is seen less well
FRAMES_ON = 3.0  # for which somebody goes on as before: the last poses are of a frame or two ago
_SMALL = 8  # [px] of the input per px of the pictures in which motion is looked for
_MOVED = 24  # grey levels by which they differ where something has moved
_MAX_MOVED = 2  # px that may, before it is worth a look


class Regions:
    """Which parts of the images of one camera are to be looked at. Threads may share it."""

    def __init__(self, whole_every: int = WHOLE_EVERY):
        """whole_every: 1 is each image as a whole."""
        self.whole_every = whole_every
        self.looks = {"whole": 0, "parts": 0}  # that were chosen
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """The next image is looked at as a whole."""
        self._since = self.whole_every  # images since the last whole one
        self._boxes: List[np.ndarray] = []  # (4,) x0, y0, x1, y1 [px of the picture] of people
        self._centres: Dict[int, np.ndarray] = {}  # track id -> (2,) [px of the picture]
        self._small: Optional[np.ndarray] = None
        self._watched: Optional[np.ndarray] = None  # where motion in it is nobody new

    def choose(self, content: np.ndarray, pixel_map: PixelMap) -> Optional[Layout]:
        """The parts of the next image to look at, None: the whole.

        content: the network's input (H, W, 3) uint8 of the whole image; pixel_map: of it.
        """
        with self._lock:
            layout = self._layout(content, pixel_map)
            self._since = self._since + 1 if layout else 1
            self.looks["parts" if layout else "whole"] += 1
            return layout

    def _layout(self, content: np.ndarray, pixel_map: PixelMap) -> Optional[Layout]:
        moved = self._motion_elsewhere(content)
        if moved or self._since >= self.whole_every or not self._boxes:
            return None
        height, width = content.shape[:2]
        edges = [_on_input(box, pixel_map) for box in self._boxes]
        return pack(apart([aligned(e, height, width) for e in edges]), height, width)

    def update(self, poses: Sequence[Pose], seen: Maps) -> None:
        """Who was seen in an image, with their track ids, in px of the picture."""
        layout, pixel_map = seen.layout, seen.pixel_map
        centres = {p.track_id: _middle(p) for p in poses if p.track_id >= 0}
        with self._lock:
            if layout is not None and (
                set(self._centres) - set(centres)
                or any(_touches(pose, layout, pixel_map) for pose in poses)
            ):
                self._since = self.whole_every
            boxes = []
            for pose in poses:
                now = centres.get(pose.track_id)
                motion = now - self._centres.get(pose.track_id, now) if now is not None else 0.0
                boxes.append(_box(pose, np.abs(motion), pixel_map))
            self._boxes, self._centres = boxes, centres
            self._watch(pixel_map)

    def _watch(self, pixel_map: PixelMap) -> None:
        """People move inside of their boxes."""
        if self._small is None:
            return
        self._watched = np.zeros(self._small.shape, bool)
        for box in self._boxes:
            x0, y0, x1, y1 = (_on_input(box, pixel_map) / _SMALL).astype(int)
            self._watched[max(0, y0) : max(0, y1 + 2), max(0, x0) : max(0, x1 + 2)] = True

    def _motion_elsewhere(self, content: np.ndarray) -> bool:
        """Whether something has moved since the last image where nobody is."""
        height, width = content.shape[:2]
        size = max(1, width // _SMALL), max(1, height // _SMALL)
        small = cv2.resize(content, size, interpolation=cv2.INTER_AREA)[:, :, 1]
        before, self._small = self._small, small
        if before is None or before.shape != small.shape or self._watched is None:
            return True
        moved = cv2.absdiff(before, small) > _MOVED
        return int(np.count_nonzero(moved & ~self._watched)) > _MAX_MOVED


def _middle(pose: Pose) -> np.ndarray:
    found = pose.keypoints[pose.found, :2]
    return (found.min(0) + found.max(0)) / 2


def _box(pose: Pose, motion: Union[np.ndarray, float], pixel_map: PixelMap) -> np.ndarray:
    """(4,) around a person and where they may go [px of the picture]."""
    found = pose.keypoints[pose.found, :2]
    low, high = found.min(0), found.max(0)
    margin = np.maximum(MARGIN * (high - low).max(), MIN_MARGIN / np.array(pixel_map.scale))
    margin = margin + FRAMES_ON * motion
    return np.concatenate([low - margin, high + margin])


def _on_input(box: np.ndarray, pixel_map: PixelMap) -> np.ndarray:
    """(4,) px of the picture -> px of the input."""
    return pixel_map.to_network(box.reshape(2, 2)).reshape(4)


def _touches(pose: Pose, layout: Layout, pixel_map: PixelMap) -> bool:
    """Whether a joint lies at an edge of its part, so that others may lie outside."""
    xy = pixel_map.to_network(pose.keypoints[pose.found, :2])
    low, high = xy.min(0), xy.max(0)
    for p in layout.parts:
        inside = (
            p.x <= low[0] and p.y <= low[1] and high[0] < p.x + p.width and high[1] < p.y + p.height
        )
        if inside:
            left, top = (
                start > 0 and value < start + CELL
                for start, value in ((p.x, low[0]), (p.y, low[1]))
            )
            right = high[0] >= p.x + p.width - CELL
            bottom = high[1] >= p.y + p.height - CELL
            return bool(left or top or right or bottom)
    return True

"""Hides the heads of people, so that nobody is recognised by the face."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import List, Optional, Sequence, Union

import cv2
import numpy as np

from lightweight_openpose.estimation import DecoderConfig
from lightweight_openpose.poses import Pose, Skeleton
from lightweight_openpose.video import bits_of

from .head_boxes import FACE, head_boxes, holds_together
from .labels import Box

OFF, BLUR, BOX = "off", "blur", "box"
HOW = (OFF, BLUR, BOX)
HOLD = 0.5  # s that a head stays hidden after it was found last
_STEADY = 0.2  # s over which the motion of a head is taken: joints jump from frame to frame
_SAME_PLACE = 0.2  # least overlap (IoU) of an untracked head with itself a frame before
_CELLS = 6  # of a blurred head, in each direction


def find_more(config: DecoderConfig) -> DecoderConfig:
    """Thresholds for hiding heads: people of any score are found."""
    return replace(config, min_score=0.0)


def shown(poses: Sequence[Pose], config: DecoderConfig) -> List[Pose]:
    """Those of the poses found by `find_more(config)` that `config` itself finds."""
    return [pose for pose in poses if pose.score >= config.min_score]


@dataclass
class _HiddenHead:
    """The head of one person, where it was found last."""

    track_id: int
    boxes: List[Box]
    stamp: float  # s
    velocity: np.ndarray  # (2,) px/s
    lasting: bool  # False: joints of several people, which are nobody in the next frame

    def at(self, stamp: float) -> List[Box]:
        """The boxes, drawn out to where the motion has led since."""
        moved = (stamp - self.stamp) * self.velocity
        return [_drawn_out(box, moved) for box in self.boxes]


class HeadAnonymizer:
    """Boxes over the heads of people, held for a while where somebody is not found again."""

    def __init__(self, skeleton: Skeleton):
        """Raises ValueError for a skeleton without joints of a head."""
        if not set(FACE) & set(skeleton.keypoints):
            raise ValueError(
                f"skeleton {skeleton.name} has no nose, eyes or ears: heads cannot be hidden"
            )
        self._skeleton = skeleton
        self._hidden: List[_HiddenHead] = []
        self._stamp: Optional[float] = None

    def update(self, poses: Sequence[Pose], stamp: float) -> List[Box]:
        """Boxes [px] to hide in the image of these poses, at stamp [s].

        A head that is not found stays hidden for HOLD, per track id, or by its place without
        one; not where joints of several people were taken for one person without an id. When the
        stamp goes back, what was held is forgotten.
        """
        if self._stamp is not None and stamp < self._stamp:
            self._hidden = []
        self._stamp = stamp
        old = [c for c in self._hidden if stamp - c.stamp <= HOLD]
        # Those with an id come first: what they leave may be taken by the others.
        self._hidden = []
        for pose in sorted(poses, key=lambda p: p.track_id < 0):
            boxes = head_boxes(pose, self._skeleton)
            if boxes:
                before = _take(old, pose.track_id, boxes[0])
                velocity = _velocity(before, pose.track_id, boxes[0], stamp)
                lasting = pose.track_id >= 0 or holds_together(pose, self._skeleton)
                self._hidden.append(_HiddenHead(pose.track_id, boxes, stamp, velocity, lasting))
        self._hidden += old
        boxes = [box for head in self._hidden for box in head.at(stamp)]
        self._hidden = [head for head in self._hidden if head.lasting]
        return boxes

    @staticmethod
    def anonymize(image: np.ndarray, boxes: Sequence[Box], how: str) -> None:
        """Hide boxes [px] in an image (H, W) or (H, W, C) of any type, in place.

        how: "blur": a few large cells that run into each other; "box": grey.
        """
        grey = _grey(image)
        for box in boxes:
            x0, y0 = max(0, int(np.floor(box.x))), max(0, int(np.floor(box.y)))
            x1, y1 = int(np.ceil(box.x + box.width)), int(np.ceil(box.y + box.height))
            part = image[y0 : max(y1, 0), x0 : max(x1, 0)]
            if part.size:
                part[:] = _blurred(part) if how == BLUR else grey


def _take(old: List[_HiddenHead], track_id: int, box: Box) -> Optional[_HiddenHead]:
    """This head as hidden before, taken out of the list of old ones; None where it is new."""
    same = [c for c in old if track_id >= 0 and c.track_id == track_id]
    if not same:
        near = [c for c in old if c.track_id < 0 and _overlap(c.boxes[0], box) >= _SAME_PLACE]
        same = sorted(near, key=lambda c: -_overlap(c.boxes[0], box))
    if not same:
        return None
    old.remove(same[0])
    return same[0]


def _velocity(before: Optional[_HiddenHead], track_id: int, box: Box, stamp: float) -> np.ndarray:
    """The velocity of a head with an id [px/s], 0 without one and after a jump beyond the box.

    There, what looks like motion is mostly another head.
    """
    if before is None or track_id < 0 or stamp <= before.stamp:
        return np.zeros(2)
    last = before.boxes[0]
    if _overlap(last, box) <= 0:
        return np.zeros(2)
    passed = stamp - before.stamp
    new = (_middle(box) - _middle(last)) / passed
    return before.velocity + (1 - np.exp(-passed / _STEADY)) * (new - before.velocity)


def _middle(box: Box) -> np.ndarray:
    return np.array([box.x + box.width / 2, box.y + box.height / 2])


def _drawn_out(box: Box, moved: np.ndarray) -> Box:
    """The box from where it is to where it has moved by (2,) px."""
    low = np.minimum(0, moved) + (box.x, box.y)
    return Box(*low, *(np.abs(moved) + (box.width, box.height)))


def _overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    common = a.overlap(b)
    return common / max(a.width * a.height + b.width * b.height - common, 1e-9)


def _blurred(part: np.ndarray) -> np.ndarray:
    """A few means of the part, which run into each other: nothing else of it is left."""
    height, width = part.shape[:2]
    values = np.ascontiguousarray(part, np.float32)
    cells = cv2.resize(values, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
    cells = cv2.GaussianBlur(cells, (3, 3), 0)
    large = cv2.resize(cells, (width, height), interpolation=cv2.INTER_LINEAR)
    return large.reshape(part.shape).astype(part.dtype)


def _grey(image: np.ndarray) -> Union[int, float]:
    """Middle of the range in use: grey in every colour space, YUV too."""
    if not np.issubdtype(image.dtype, np.integer):
        return 0.5
    if image.dtype.itemsize == 2:
        return 1 << bits_of(int(image.max())) - 1
    return np.iinfo(image.dtype).max // 2 + 1

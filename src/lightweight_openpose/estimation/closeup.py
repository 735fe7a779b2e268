"""Crops of people, and where the points of a network on such a crop lie in the image."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Iterator, List, NamedTuple, Sequence, Tuple, Union

import cv2
import numpy as np

from lightweight_openpose.backends import BadModel
from lightweight_openpose.backends.first_answer import FirstAnswer
from lightweight_openpose.poses import Skeleton, find_skeleton
from lightweight_openpose.zoo.model_info import InputSpec

BATCHES = (4, 2, 1)  # crops at a time: runtimes that compile for each number meet three


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


class Seen(NamedTuple):
    """What a network says of a crop."""

    points: np.ndarray  # (K, 2) [px of the image]
    deviations: np.ndarray  # (K,) [px of the image] standard deviations along an axis
    presence: float  # [0, 1] probability that the crop shows what it should
    right: float = math.nan  # [0, 1] probability of a right hand; NaN: the network does not tell


def to_image(points: np.ndarray, crop: Crop, size: int) -> np.ndarray:
    """(K, 2) points [px of an input of size x size] of a crop, in px of the image."""
    back = cv2.invertAffineTransform(crop.matrix(size))
    return points @ back[:, :2].T + back[:, 2]


def in_batches(crops: Sequence, sizes: Sequence[int] = BATCHES) -> Iterator[Sequence]:
    """The crops in their order, in groups of these sizes, the largest first; the last is 1."""
    start = 0
    while start < len(crops):
        count = next(size for size in sizes if size <= len(crops) - start)
        yield crops[start : start + count]
        start += count


@dataclass
class CloseupEstimator:
    """Finds the points of crops of people."""

    # -> points (N, K, 3), presence (N, 1), of some networks of hands that it is a right one (N, 1)
    backend: Callable[[np.ndarray], Tuple[np.ndarray, ...]]
    skeleton: Skeleton
    spec: InputSpec
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _first_answer: FirstAnswer = field(default_factory=FirstAnswer, init=False, repr=False)

    @classmethod
    def load(
        cls,
        model: str,
        skeleton: str,
        backend: str = "auto",
        device: str = "auto",
        threads: int = 0,
    ) -> CloseupEstimator:
        """Estimator for a model given by name or path whose points are those of a skeleton.

        Raises FileNotFoundError, ValueError or RuntimeError with a message that names the remedy.
        """
        from lightweight_openpose.backends import create_backend, file_for
        from lightweight_openpose.zoo.catalogue import resolve

        entry, path = resolve(model)
        path = file_for(entry, path, backend)
        wanted = find_skeleton(skeleton)
        runner = create_backend(path, wanted, backend, device, threads)
        return cls.of(runner, wanted, runner.info.spec if runner.info else entry.spec, path)

    @classmethod
    def of(cls, runner: Any, skeleton: Skeleton, spec: InputSpec, path: Path) -> CloseupEstimator:
        """Estimator for the backend that runs a file. Raises BadModel where that does not fit."""
        if not runner.layout.of_crop or spec.fixed_size is None:
            raise BadModel(
                f"{path} is no network on crops that gives the points of {skeleton.name}"
            )
        return cls(runner, skeleton, spec)

    @property
    def tells_sides(self) -> bool:
        """Whether it says of a hand which one it is; else it knows right ones alone."""
        layout = getattr(self.backend, "layout", None)
        return layout is not None and len(layout.outputs) > 2

    @property
    def side(self) -> int:
        """Height and width of the network's input [px]."""
        return self.spec.fixed_size[0]  # type: ignore[index]

    def __call__(self, image: np.ndarray, crops: Sequence[Crop]) -> List[Seen]:
        """What the network says of crops of a BGR image (H, W, 3) uint8. Two threads may call it."""
        found = []
        for batch in in_batches(crops):
            tensor = np.concatenate([self._cut(image, crop) for crop in batch])
            with self._lock:
                outputs = self._first_answer(self.backend, tensor)
            found += [self._seen(crop, *row) for crop, *row in zip(batch, *outputs)]
        return found

    def warm_up(self) -> None:
        """Run once for each of its batches, so that no real frame is the slow one."""
        for count in BATCHES:
            with self._lock:
                grey = np.zeros((count, 3, self.side, self.side), np.float32)
                self._first_answer(self.backend, grey)

    def _cut(self, image: np.ndarray, crop: Crop) -> np.ndarray:
        """(1, 3, side, side) network input of a crop."""
        square = cv2.warpAffine(
            image,
            crop.matrix(self.side),
            (self.side, self.side),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        spec = self.spec
        return cv2.dnn.blobFromImage(square, spec.scale, mean=spec.mean, swapRB=spec.rgb)

    def _seen(
        self,
        crop: Crop,
        points: np.ndarray,
        presence: np.ndarray,
        right: Union[np.ndarray, np.float32] = np.float32(np.nan),
    ) -> Seen:
        """The network's words in px of the image; a mirrored crop's sides are put right."""
        if crop.mirrored:
            points = points[list(self.skeleton.flip_permutation)]
        places = to_image(points[:, :2], crop, self.side)
        deviations = points[:, 2] * crop.side / self.side
        return Seen(places, deviations, float(presence.ravel()[0]), float(np.ravel(right)[0]))

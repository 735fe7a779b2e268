"""Networks of hands: which crops they want, and what they say of them.

Two kinds do the same: those that give the joints of a crop (MediaPipe's, the package's), and
OpenPose's, which gives heatmaps (Simon et al., arXiv 1704.07809, and its handDetector.cpp).
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, List, NamedTuple, Optional, Sequence, Tuple, Union

import cv2
import numpy as np

from lightweight_openpose.backends import BadModel
from lightweight_openpose.backends.first_answer import FirstAnswer
from lightweight_openpose.poses import Skeleton, find_skeleton, missing_keypoints
from lightweight_openpose.zoo.model_info import InputSpec

from .arms import Arm
from .closeup import BATCHES, CloseupEstimator, Crop, in_batches, to_image
from .hand_crops import forearm_crop, palm_crop
from .peaks import find_peaks

INPUT_SIZE = 368  # [px] height and width of the input of OpenPose's network, as in OpenPose
_STRIDE = 8  # [px] of its input per cell of the heatmaps
_GREY = (128, 128, 128)  # outside of the image


class SideCrop(NamedTuple):
    """Where a hand of somebody is looked at."""

    side: str  # one of arms.SIDES, of the person
    crop: Crop


class SeenHand(NamedTuple):
    """What a network says of the hand in a crop."""

    keypoints: np.ndarray  # (21, 3) [x px, y px, score] in the image
    presence: float  # [0, 1] that the crop shows a hand of that side


@dataclass
class JointHands:
    """Hands by a network that gives the joints of a crop."""

    SMALLEST = 24.0  # [px] side of a crop, below which a hand shows too little
    # Share of the presence that is left where the network is sure that it is the other hand.
    OTHER_HAND = 0.6

    network: CloseupEstimator  # whose points are those of hand_21

    def from_arm(self, side: str, arm: Arm) -> Optional[Crop]:
        """The crop beyond an arm's wrist, the forearm upwards; None where that is too small."""
        return self._large_enough(forearm_crop(arm, self._mirrored(side)))

    def around(self, side: str, hand: np.ndarray) -> Optional[Crop]:
        """The crop of a hand whose joints (21, 3) are about known, its palm upwards.

        None where that is too small.
        """
        return self._large_enough(palm_crop(hand[:, :2], self._mirrored(side)))

    def __call__(self, image: np.ndarray, crops: Sequence[SideCrop]) -> List[Optional[SeenHand]]:
        """The hands in crops of a BGR image (H, W, 3) uint8."""
        seen = self.network(image, [crop for _, crop in crops])
        hands: List[Optional[SeenHand]] = []
        for (side, _), (points, _, presence, right) in zip(crops, seen):
            if not math.isnan(right):
                other = 1 - right if side == "right" else right
                presence *= 1 - (1 - self.OTHER_HAND) * max(0.0, 2 * other - 1)
            scores = np.full(len(points), presence)
            hands.append(SeenHand(np.c_[points, scores].astype(np.float32), presence))
        return hands

    def warm_up(self) -> None:
        """Run once for each batch, so that no real frame is the slow one."""
        self.network.warm_up()

    def _large_enough(self, crop: Crop) -> Optional[Crop]:
        return crop if crop.side >= self.SMALLEST else None

    def _mirrored(self, side: str) -> bool:
        """Whether a hand is shown as its mirror image: to networks that know right ones alone."""
        return side == "left" and not self.network.tells_sides


@dataclass
class HeatmapHands:
    """Hands by OpenPose's network, which is shown the crops that OpenPose cuts."""

    BEYOND_WRIST = 0.33  # of the forearm's length, from the wrist to the crop's middle
    FROM_ARM = 1.5  # times the arm's length: side of the crop
    SMALLEST = 20.0  # [px] side of a crop, below which a hand shows too little

    backend: Callable[[np.ndarray], Tuple[np.ndarray, ...]]  # (N, 3, H, W) -> (heatmaps,)
    skeleton: Skeleton = field(default_factory=lambda: find_skeleton("hand_21"))
    spec: InputSpec = field(default_factory=InputSpec)
    input_size: int = INPUT_SIZE  # [px] height and width of the network's input
    threshold: float = 0.1  # [0, 1] lowest heatmap value of a joint
    batches: Sequence[int] = BATCHES  # crops at a time that the backend takes
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _first_answer: FirstAnswer = field(default_factory=FirstAnswer, init=False, repr=False)

    def from_arm(self, side: str, arm: Arm) -> Optional[Crop]:
        """The upright crop beyond an arm's wrist, None where that is too small.

        The network knows right hands alone: a left one is mirrored.
        """
        size = self.FROM_ARM * arm.length
        if size < self.SMALLEST:
            return None
        x, y = (arm.wrist + self.BEYOND_WRIST * (arm.wrist - arm.elbow)).tolist()
        return Crop(x, y, size, mirrored=side == "left")

    def around(self, side: str, hand: np.ndarray) -> Optional[Crop]:
        """None: each hand is found near its arm."""
        return None

    def __call__(self, image: np.ndarray, crops: Sequence[SideCrop]) -> List[Optional[SeenHand]]:
        """The hands in crops of a BGR image (H, W, 3) uint8; None where no joint is seen."""
        hands: List[Optional[SeenHand]] = []
        for batch in in_batches([crop for _, crop in crops], self.batches):
            tensor = np.concatenate([self._cut(image, crop) for crop in batch])
            with self._lock:
                (heatmaps,) = self._first_answer(self.backend, tensor)
            for crop, maps in zip(batch, heatmaps):
                keypoints = decode_hand(maps, self.threshold, self.skeleton)
                if keypoints is not None:
                    keypoints[:, :2] = to_image(keypoints[:, :2], crop, self.input_size)
                hands.append(None if keypoints is None else SeenHand(keypoints, 1.0))
        return hands

    def warm_up(self) -> None:
        """Run once for each of its batches, so that no real frame is the slow one."""
        with self._lock:
            for count in self.batches:
                grey = np.zeros((count, 3, self.input_size, self.input_size), np.float32)
                self._first_answer(self.backend, grey)

    def _cut(self, image: np.ndarray, crop: Crop) -> np.ndarray:
        """(1, 3, h, w) network input of a crop."""
        square = cv2.warpAffine(
            image,
            crop.matrix(self.input_size),
            (self.input_size, self.input_size),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=_GREY,
        )
        spec = self.spec
        return cv2.dnn.blobFromImage(square, spec.scale, mean=spec.mean, swapRB=spec.rgb)


def decode_hand(heatmaps: np.ndarray, threshold: float, skeleton: Skeleton) -> Optional[np.ndarray]:
    """(K, 3) keypoints of the one hand in (K or K+1, h, w) heatmaps, in px of the network's input.

    Of each joint the highest peak above the threshold, sub-pixel. None without any joint.
    """
    channel, cells, score = find_peaks(heatmaps[: skeleton.num_keypoints], threshold)
    joints, first = np.unique(channel, return_index=True)  # peaks of a channel fall in score
    if not len(joints):
        return None
    keypoints = missing_keypoints(skeleton.num_keypoints)
    keypoints[joints, :2] = (cells[first] + 0.5) * _STRIDE - 0.5
    keypoints[joints, 2] = score[first]
    return keypoints


HandNetwork = Union[JointHands, HeatmapHands]


def load_hand_network(
    model: Union[str, Path],
    backend: str = "auto",
    device: str = "auto",
    threads: int = 0,
    input_size: int = INPUT_SIZE,
) -> HandNetwork:
    """The network of hands of a name or path: MediaPipe's, this package's kind or OpenPose's.

    input_size: [px] of heatmap networks that take any. Raises FileNotFoundError, ValueError or
    RuntimeError with a message that names the remedy.
    """
    from lightweight_openpose.backends import create_backend, file_for
    from lightweight_openpose.zoo.catalogue import resolve

    if input_size % _STRIDE:
        raise ValueError(f"input_size {input_size} is no multiple of {_STRIDE} px")
    entry, path = resolve(str(model))
    path = file_for(entry, path, backend)
    hand = find_skeleton("hand_21")
    known = path.suffix == ".pth"  # else it need not say that its maps are of a hand
    runner = create_backend(path, None if known else hand, backend, device, threads)
    fits = runner.layout.of_crop or runner.layout.kind == "heatmaps"
    if not fits or runner.skeleton.keypoints != hand.keypoints:
        raise BadModel(f"{path} is no network of hands: it gives other outputs than theirs")
    spec = runner.info.spec if runner.info else entry.spec
    if runner.layout.of_crop:
        return JointHands(CloseupEstimator.of(runner, hand, spec, path))
    if spec.fixed_size is None:
        return HeatmapHands(runner, hand, spec, input_size)
    height, width = spec.fixed_size
    if height != width:
        raise BadModel(
            f"{path} takes {height}x{width} px, and hands are squares: export it again with "
            f"--input-size {input_size}x{input_size}"
        )
    return HeatmapHands(runner, hand, spec, height, batches=(1,))

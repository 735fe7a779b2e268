"""Hands of people who were found: crops along their forearms, and 21 joints in each.

Crops as OpenPose cuts them (Simon et al., arXiv 1704.07809, and its handDetector.cpp).
"""
from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import cv2
import numpy as np

from lightweight_openpose.backends.contract import BadModel
from lightweight_openpose.backends.first_answer import FirstAnswer
from lightweight_openpose.poses.pose import Pose, missing_keypoints
from lightweight_openpose.poses.skeleton import COCO18, Skeleton
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.zoo.model_info import InputSpec

from .closeup import BATCHES, in_batches
from .peaks import find_peaks

SIDES = ("left", "right")
ARM = ("shoulder", "elbow", "wrist")
BEYOND_WRIST = 0.33  # of the forearm's length, from the wrist to the middle of the hand's crop
CROP_SIZE = 1.5  # times the longer of forearm and UPPER_ARM of the upper arm
UPPER_ARM = 0.9
SMALLEST = 20.0  # [px] side of a crop, below which a hand shows too little
INPUT_SIZE = 368  # [px] height and width of the network's input, as in OpenPose
_STRIDE = 8  # [px] of the network's input per cell of the heatmaps
_GREY = (128, 128, 128)  # beside the image


class HandCrop(NamedTuple):
    """Square of an image in which a hand of somebody lies."""

    person: int  # index of the pose
    side: str  # one of SIDES, of the person
    x: float  # left edge [px], in coordinates where the centre of the first pixel is 0
    y: float  # upper edge [px]
    size: float  # side of the square [px]

    def matrix(self, input_size: int) -> np.ndarray:
        """(2, 3) map from px of the image to px of the network's input; a left hand is mirrored."""
        scale = input_size / self.size
        across = -scale if self.side == "left" else scale
        x = self.x + self.size if self.side == "left" else self.x
        return np.array([[across, 0, -x * across - 0.5], [0, scale, -self.y * scale - 0.5]])


class Hands(NamedTuple):
    """The hands of one person, (21, 3) keypoints [x px, y px, score]; None: not found."""

    left: Optional[np.ndarray] = None
    right: Optional[np.ndarray] = None


def check_arms(skeleton: Skeleton) -> None:
    """Raise ValueError for a skeleton without the joints that hands are looked for beside."""
    arms = [f"{side}_{part}" for side in SIDES for part in ARM]
    missing = [joint for joint in arms if joint not in skeleton.keypoints]
    if missing:
        raise ValueError(
            f"skeleton {skeleton.name} has no {missing[0]}: hands are found at the ends of arms"
        )


def hand_crops(poses: Sequence[Pose], skeleton: Skeleton = COCO18) -> List[HandCrop]:
    """Crops of the hands whose shoulder, elbow and wrist were found, of SMALLEST px at least."""
    crops = []
    for person, pose in enumerate(poses):
        for side in SIDES:
            joints = [skeleton.index(f"{side}_{part}") for part in ARM]
            if not pose.found[joints].all():
                continue
            shoulder, elbow, wrist = pose.keypoints[joints, :2].astype(float)
            forearm = wrist - elbow
            upper_arm = np.linalg.norm(elbow - shoulder)
            size = CROP_SIZE * max(np.linalg.norm(forearm), UPPER_ARM * upper_arm)
            if size >= SMALLEST:
                x, y = wrist + BEYOND_WRIST * forearm - size / 2
                crops.append(HandCrop(person, side, float(x), float(y), float(size)))
    return crops


def decode_hand(
    heatmaps: np.ndarray, threshold: float, skeleton: Skeleton
) -> Optional[np.ndarray]:
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


@dataclass
class HandEstimator:
    """Finds the joints of the hands of people."""

    backend: Callable[[np.ndarray], Tuple[np.ndarray, ...]]  # (N, 3, H, W) -> (heatmaps,)
    skeleton: Skeleton = field(default_factory=lambda: find_skeleton("hand_21"))
    spec: InputSpec = field(default_factory=InputSpec)
    input_size: int = INPUT_SIZE  # [px] height and width of the network's input
    threshold: float = 0.1  # [0, 1] lowest heatmap value of a joint
    batches: Sequence[int] = BATCHES  # crops at a time that the backend takes
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _first_answer: FirstAnswer = field(default_factory=FirstAnswer, init=False, repr=False)

    @classmethod
    def load(
        cls, model, backend: str = "auto", device: str = "auto", threads: int = 0,
        input_size: int = INPUT_SIZE
    ) -> HandEstimator:
        """Estimator for the file of a hand network, such as OpenPose's. See PoseEstimator.load.

        Raises FileNotFoundError, ValueError or RuntimeError with a message that names the remedy.
        """
        from lightweight_openpose.backends.opening import create_backend
        from lightweight_openpose.zoo.catalogue import resolve

        if input_size % _STRIDE:
            raise ValueError(f"input_size {input_size} is no multiple of {_STRIDE} px")
        path = resolve(str(model))[1]
        hand = find_skeleton("hand_21")
        known = path.suffix == ".pth"  # else it need not say that its maps are of a hand
        runner = create_backend(path, None if known else hand, backend, device, threads)
        if runner.layout.kind != "heatmaps" or runner.skeleton.keypoints != hand.keypoints:
            raise BadModel(f"{path} is no network of hands: it gives other maps than theirs")
        spec = runner.info.spec if runner.info else InputSpec()
        if spec.fixed_size is None:
            return cls(runner, hand, spec, input_size)
        height, width = spec.fixed_size
        if height != width:
            raise BadModel(
                f"{path} takes {height}x{width} px, and hands are squares: export it anew with "
                f"--input-size {input_size}x{input_size}"
            )
        return cls(runner, hand, spec, height, batches=(1,))

    def __call__(
        self, image: np.ndarray, poses: Sequence[Pose], skeleton: Skeleton = COCO18
    ) -> List[Hands]:
        """Hands of each pose in a BGR image (H, W, 3) uint8, in px of that image.

        skeleton: of the poses. The hands of an image go through the network in batches. Two threads
        may call it at once.
        """
        found: List[Dict[str, np.ndarray]] = [{} for _ in poses]
        crops = hand_crops(poses, skeleton)
        for batch in in_batches(crops, self.batches):
            tensor = np.concatenate([self._cut(image, crop) for crop in batch])
            with self._lock:
                (heatmaps,) = self._first_answer(self.backend, tensor)
            for crop, maps in zip(batch, heatmaps):
                keypoints = decode_hand(maps, self.threshold, self.skeleton)
                if keypoints is not None:
                    found[crop.person][crop.side] = self._to_image(keypoints, crop)
        return [Hands(**hands) for hands in found]

    def complete(
        self, image: np.ndarray, poses: Sequence[Pose], skeleton: Skeleton = COCO18
    ) -> List[Pose]:
        """The poses with their hands; the rest as for a call."""
        hands = self(image, poses, skeleton)
        return [replace(p, left_hand=h.left, right_hand=h.right) for p, h in zip(poses, hands)]

    def warm_up(self) -> None:
        """Run once for each of its batches, so that no real frame is the slow one."""
        with self._lock:
            for count in self.batches:
                grey = np.zeros((count, 3, self.input_size, self.input_size), np.float32)
                self._first_answer(self.backend, grey)

    def _cut(self, image: np.ndarray, crop: HandCrop) -> np.ndarray:
        """(1, 3, h, w) network input of a crop."""
        square = cv2.warpAffine(
            image, crop.matrix(self.input_size), (self.input_size, self.input_size),
            flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=_GREY
        )
        spec = self.spec
        return cv2.dnn.blobFromImage(square, spec.scale, mean=spec.mean, swapRB=spec.rgb)

    def _to_image(self, keypoints: np.ndarray, crop: HandCrop) -> np.ndarray:
        """Keypoints in px of the network's input -> px of the image."""
        back = cv2.invertAffineTransform(crop.matrix(self.input_size))
        keypoints[:, :2] = keypoints[:, :2] @ back[:, :2].T + back[:, 2]
        return keypoints

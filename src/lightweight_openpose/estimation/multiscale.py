"""Maps averaged over scales and mirror images: slower, for evaluation and offline work."""

from __future__ import annotations

from typing import Iterator, Optional, Sequence, Tuple

import cv2
import numpy as np

from lightweight_openpose.poses import Skeleton, convert_pose, limb_mirror_fault
from lightweight_openpose.poses.people import People
from lightweight_openpose.video import Given, as_image, check_image

from .decoding import decode
from .estimator import MIN_INPUT_HEIGHT, PoseEstimator
from .preprocessing import PixelMap, preprocess
from .seen import Maps

SCALES = (0.5, 1.0, 1.5, 2.0)  # of the input height, as in the paper's multi-scale evaluation


class AveragingEstimator:
    """PoseEstimator whose maps are means over several input heights and the mirror image."""

    def __init__(
        self, estimator: PoseEstimator, scales: Sequence[float] = (1.0,), flip: bool = False
    ):
        """scales: of the estimator's input height; flip: whether the mirrored image counts too.

        Raises ValueError for a network that gives no maps, and where its skeleton has no mirror
        image.
        """
        if estimator.layout != "maps":
            raise ValueError(
                "several scales and the mirror image need a network that gives heatmaps and PAFs; "
                f"this one gives the detections of {estimator.layout}"
            )
        fault = limb_mirror_fault(estimator.network_skeleton) if flip else None
        if fault is not None:
            raise ValueError(f"the mirror image cannot be used: {fault}")
        self.estimator = estimator
        self.skeleton = estimator.skeleton
        self.backend = estimator.backend
        self._scales = tuple(scales)
        self._flip = flip

    def __call__(self, given: Given) -> People:
        """The people in an image, best first, as PoseEstimator. Raises BadImage."""
        image = as_image(given)
        base = self.estimator
        height = base.input_height_for(*check_image(image).shape[1::-1])
        tensor, target = preprocess(image, height, base.spec)
        shape = (tensor.shape[2] // base.stride, tensor.shape[3] // base.stride)
        first, *others = self._views(image, height, target, shape)
        mean = sum(others, first) / (1 + len(others))
        whole = base.network_skeleton
        joints = whole.num_heatmaps
        poses = decode(mean[:joints], mean[joints:], whole, target, base.stride, base.config)
        people = [convert_pose(pose, whole, self.skeleton) for pose in poses]
        return base.as_people(people, image)

    def _views(
        self, image: np.ndarray, height: int, target: PixelMap, shape: Tuple[int, int]
    ) -> Iterator[np.ndarray]:
        """Maps (K+1+2L, h, w) of the image at each scale, in the cells of the target's maps.

        height: [px] of the network's input at scale 1.
        """
        width = image.shape[1]
        for scale in self._scales:
            scaled = max(MIN_INPUT_HEIGHT, round(height * scale))
            maps, pixel_map = self._infer(image, scaled)
            matrix = _cells(target, pixel_map, self.estimator.stride)
            yield _resample(np.concatenate(maps), matrix, shape)
            if self._flip:
                maps, pixel_map = self._infer(np.ascontiguousarray(image[:, ::-1]), scaled)
                maps = mirror_maps(*maps, self.estimator.network_skeleton)
                matrix = _cells(target, pixel_map, self.estimator.stride, mirror_width=width)
                yield _resample(np.concatenate(maps), matrix, shape)

    def _infer(
        self, image: np.ndarray, height: int
    ) -> Tuple[Tuple[np.ndarray, np.ndarray], PixelMap]:
        """Heatmaps and PAFs of an image in an input of this height [px], and its pixel map."""
        maps = self.estimator.infer(image, height)
        assert isinstance(maps, Maps)  # by the layout that __init__ looked at
        return maps.on_host(), maps.pixel_map


def mirror_maps(
    heatmaps: np.ndarray, pafs: np.ndarray, skeleton: Skeleton
) -> Tuple[np.ndarray, np.ndarray]:
    """A mirror image's maps under their true names: left and right exchanged, PAFs turned.

    heatmaps: (K+1, h, w); pafs: (2L, h, w). Cells stay where they are.
    """
    permutation = skeleton.flip_permutation
    channels = [*permutation, skeleton.num_keypoints]
    turned = np.zeros_like(pafs)
    for i, (a, b) in enumerate(skeleton.limbs):
        pair = (permutation[a], permutation[b])
        sign = 1 if pair in skeleton.limbs else -1
        j = skeleton.limbs.index(pair if sign > 0 else pair[::-1])
        turned[2 * i] = -sign * pafs[2 * j]
        turned[2 * i + 1] = sign * pafs[2 * j + 1]
    return heatmaps[channels], turned


def _cells(
    target: PixelMap, source: PixelMap, stride: int, mirror_width: Optional[int] = None
) -> np.ndarray:
    """(2, 3) map from cells of the target's maps to cells of the source's.

    Over the pixels of the image. mirror_width: [px] of the image that the source mirrors.
    """
    corners = np.array([[0.0, 0], [1, 0], [0, 1]])
    pixels = target.to_image((corners + 0.5) * stride - 0.5)
    if mirror_width:
        pixels[:, 0] = mirror_width - 1 - pixels[:, 0]
    moved = (source.to_network(pixels) + 0.5) / stride - 0.5
    return np.c_[moved[1] - moved[0], moved[2] - moved[0], moved[0]]


def _resample(maps: np.ndarray, matrix: np.ndarray, shape: Tuple[int, int]) -> np.ndarray:
    """(C, *shape) maps of which each cell is taken from where the matrix says, edges repeated."""
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    size = shape[::-1]
    edge = cv2.BORDER_REPLICATE
    return np.stack([cv2.warpAffine(m, matrix, size, flags=flags, borderMode=edge) for m in maps])

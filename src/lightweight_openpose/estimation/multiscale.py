"""Maps averaged over scales and mirror images: slower, for evaluation and offline work."""

from __future__ import annotations

from typing import List, Sequence

import cv2
import numpy as np

from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import Skeleton

from .decoding import decode
from .estimator import PoseEstimator
from .preprocessing import PixelMap, preprocess

SCALES = (0.5, 1.0, 1.5, 2.0)  # of the input height, as in the paper's multi-scale evaluation


class AveragingEstimator:
    """PoseEstimator whose maps are the mean over several input heights and, with flip, over the mirrored image."""

    def __init__(
        self, estimator: PoseEstimator, scales: Sequence[float] = (1.0,), flip: bool = False
    ):
        self.estimator, self._scales, self._flip = estimator, tuple(scales), flip
        self.skeleton, self.backend = estimator.skeleton, estimator.backend

    def __call__(self, image: np.ndarray) -> List[Pose]:
        """Poses in a BGR image, best first, in pixels of that image. Raises BadImage."""
        base = self.estimator
        tensor, target = preprocess(image, base.input_height, base.spec)
        shape = tuple(n // base.stride for n in tensor.shape[2:])
        total, count = 0.0, 0
        for scale in self._scales:
            for mirrored in (False, True) if self._flip else (False,):
                seen = np.ascontiguousarray(image[:, ::-1]) if mirrored else image
                tensor, pixel_map = preprocess(
                    seen, max(32, round(base.input_height * scale)), base.spec
                )
                maps = [m[0] for m in base.backend(tensor)]
                if mirrored:
                    maps = mirror_maps(*maps, base.skeleton)
                matrix = _cells(
                    target, pixel_map, base.stride, image.shape[1] if mirrored else None
                )
                total = total + _resample(np.concatenate(maps), matrix, shape)
                count += 1
        mean, joints = total / count, base.skeleton.num_heatmaps
        return decode(mean[:joints], mean[joints:], base.skeleton, target, base.stride, base.config)


def mirror_maps(heatmaps: np.ndarray, pafs: np.ndarray, skeleton: Skeleton):
    """Channels of a mirror image's maps under their true names: left and right exchanged, PAFs turned. Cells stay."""
    permutation = skeleton.flip_permutation
    channels = [*permutation, skeleton.num_keypoints]
    turned = np.zeros_like(pafs)
    for i, (a, b) in enumerate(skeleton.limbs):
        pair = (permutation[a], permutation[b])
        sign = 1 if pair in skeleton.limbs else -1
        j = skeleton.limbs.index(pair if sign > 0 else pair[::-1])
        turned[2 * i], turned[2 * i + 1] = -sign * pafs[2 * j], sign * pafs[2 * j + 1]
    return heatmaps[channels], turned


def _cells(target: PixelMap, source: PixelMap, stride: int, mirror_width) -> np.ndarray:
    """(2, 3) map from cells of the target's maps to cells of the source's, over the pixels of the image."""
    corners = np.array([[0.0, 0], [1, 0], [0, 1]])
    pixels = target.to_image((corners + 0.5) * stride - 0.5)
    if mirror_width:
        pixels[:, 0] = mirror_width - 1 - pixels[:, 0]
    moved = (source.to_network(pixels) + 0.5) / stride - 0.5
    return np.c_[moved[1] - moved[0], moved[2] - moved[0], moved[0]]


def _resample(maps, matrix, shape):
    return np.stack(
        [
            cv2.warpAffine(
                m,
                matrix,
                shape[::-1],
                flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )
            for m in maps
        ]
    )

"""What the network should say: heatmaps and part affinity fields of the labelled keypoints."""

from __future__ import annotations

from typing import List

import numpy as np

from lightweight_openpose.poses import Skeleton

# px of the network's input, of the Gaussian around a keypoint, as in the paper's code
SIGMA = 7.0
THICKNESS = 1.0  # map cells on either side of a limb
_CUT = 4.6052  # exponent below which the Gaussian is 0 (1 %)


def make_targets(
    people: List[np.ndarray], skeleton: Skeleton, height: int, width: int, stride: int = 8
) -> np.ndarray:
    """(K + 1 + 2L, h, w) float32 of one image: joints, background, PAFs.

    people: (K, 3) keypoints in px of the (height, width) input each, third column 0 for what is not
    labelled. The centre of cell i is at stride * i + (stride - 1) / 2 px, as the decoder takes it.
    """
    h = height // stride
    w = width // stride
    targets = np.zeros((skeleton.num_heatmaps + skeleton.num_pafs, h, w), np.float32)
    for keypoints in people:
        for joint in np.flatnonzero(keypoints[:, 2] > 0):
            _add_gaussian(targets[joint], keypoints[joint, :2], stride)
    background = skeleton.num_keypoints
    targets[background] = 1 - targets[:background].max(0)
    for limb, (a, b) in enumerate(skeleton.limbs):
        fields = targets[skeleton.num_heatmaps + 2 * limb :][:2]
        count = np.zeros((h, w), np.float32)
        for keypoints in people:
            if keypoints[a, 2] > 0 and keypoints[b, 2] > 0:
                _add_limb(
                    fields, count, *(((keypoints[i, :2] + 0.5) / stride - 0.5) for i in (a, b))
                )
        # where limbs of two people cross, the mean, as in the OpenPose paper
        fields /= np.maximum(count, 1)
    return targets


def _add_gaussian(heatmap: np.ndarray, centre: np.ndarray, stride: int) -> None:
    h, w = heatmap.shape
    reach = SIGMA * np.sqrt(2 * _CUT)
    shift = (stride - 1) / 2
    x0, y0 = (max(0, int(np.ceil((c - reach - shift) / stride))) for c in centre)
    x1, y1 = (
        min(n, int(np.floor((c + reach - shift) / stride)) + 1) for n, c in zip((w, h), centre)
    )
    if x0 >= x1 or y0 >= y1:
        return
    dx = np.arange(x0, x1) * stride + shift - centre[0]
    dy = np.arange(y0, y1) * stride + shift - centre[1]
    exponent = (dx[None] ** 2 + dy[:, None] ** 2) / (2 * SIGMA**2)
    patch = heatmap[y0:y1, x0:x1]
    np.maximum(patch, np.where(exponent <= _CUT, np.exp(-exponent), 0), out=patch)


def _add_limb(fields: np.ndarray, count: np.ndarray, start: np.ndarray, end: np.ndarray) -> None:
    """Add the unit vector from start to end [cells] to the cells near the segment."""
    h, w = count.shape
    vector = end - start
    length = float(np.hypot(*vector))
    if length < 1e-6:
        return
    low = np.minimum(start, end) - THICKNESS
    high = np.maximum(start, end) + THICKNESS
    x0, y0 = (max(0, int(np.ceil(v))) for v in low)
    x1, y1 = (min(n, int(np.floor(v)) + 1) for n, v in zip((w, h), high))
    if x0 >= x1 or y0 >= y1:
        return
    unit = vector / length
    dx = np.arange(x0, x1)[None] - start[0]
    dy = np.arange(y0, y1)[:, None] - start[1]
    near = np.abs(dx * unit[1] - dy * unit[0]) <= THICKNESS
    fields[0, y0:y1, x0:x1] += near * unit[0]
    fields[1, y0:y1, x0:x1] += near * unit[1]
    count[y0:y1, x0:x1] += near

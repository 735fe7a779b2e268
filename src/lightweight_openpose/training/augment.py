"""Random crops.

One affine matrix moves image, mask and keypoints alike, so that they cannot come apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence, Tuple, Union

import cv2
import numpy as np

from lightweight_openpose.settings import ranged, setting

GREY = 128  # beyond the image, as the estimator pads
SHARPENED = 0.75  # share of the crops that are sharpened, where any are
DETAIL = (0.8, 2.2)  # px; standard deviation of the Gaussian that fine detail is finer than


@dataclass(frozen=True)
class Augmentation:
    """How crops differ from their photographs."""

    size: int = ranged(
        368,
        32,
        4096,
        "height and width of the crop, a multiple of what the architecture needs",
        unit="px",
    )
    person: Tuple[float, float] = setting(
        (0.35, 1.1),
        "lowest and highest height of the person in the middle over that of the crop; of images "
        "without labels length of the whole image, of a closeup side of the estimator's crop",
    )
    rotation: float = setting(15.0, "standard deviation of the rotation", unit="deg")
    shift: float = setting(
        0.11, "distance of the person from the middle, at most, over the size of the crop"
    )
    aspect: float = setting(0.1, "stretch of the width, at most")
    flip: float = setting(
        0.5,
        "probability of a mirror image, in which left and right change places; 0 where the names of "
        "the joints do not say which they are",
    )
    light: float = setting(0.3, "change of brightness and contrast, at most, as a share")
    color: float = setting(0.2, "change of saturation and tint, at most, as a share")
    noise: float = setting(8.0, "standard deviation of the noise, at most, of 0..255")
    blur: float = setting(0.1, "probability of a blurred crop")
    sharpen: float = setting(
        0.0, "strength of an unsharp mask, at most; photographs that were enlarged are soft"
    )
    texture: float = setting(
        0.0, "share of the fine detail of another photograph, at most (distill and prune)"
    )
    coarse: Tuple[float, float] = setting(
        (24.0, 96.0), "smallest and largest side of a closeup in its photograph", unit="px"
    )
    cover: float = setting(0.0, "probability of something before a part of a closeup")


def crop_matrix(
    rng: np.random.Generator, box: Sequence[float], config: Augmentation
) -> Tuple[np.ndarray, bool]:
    """(2, 3) matrix from image px to crop px, and whether it mirrors.

    It puts a box (x, y, width, height) [px] near the middle.
    """
    x, y, width, height = box
    scale = config.size * np.exp(rng.uniform(*np.log(config.person))) / max(width, height, 1.0)
    angle = np.radians(rng.normal(0, config.rotation)) if config.rotation else 0.0
    stretch = np.exp(rng.uniform(-1, 1) * np.log1p(config.aspect))
    mirrored = bool(rng.random() < config.flip)
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear[0] *= -stretch if mirrored else stretch
    target = (config.size - 1) / 2 + rng.uniform(-1, 1, 2) * config.shift * config.size
    return np.c_[linear, target - linear @ (x + width / 2, y + height / 2)], mirrored


def warp(
    image: np.ndarray,
    matrix: np.ndarray,
    size: int,
    border: Union[int, Tuple[int, ...]] = (GREY,) * 3,
) -> np.ndarray:
    """(size, size, ...) crop of an image or mask.

    Strong reductions are made in halves first, against aliasing.
    """
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    matrix = matrix.copy()
    while scale < 0.5 and min(image.shape[:2]) > 2:
        before = image.shape[:2]
        image = cv2.resize(image, (before[1] // 2, before[0] // 2), interpolation=cv2.INTER_AREA)
        step = np.array([before[1] / image.shape[1], before[0] / image.shape[0]])
        matrix[:, 2] += matrix[:, :2] @ (step / 2 - 0.5)  # the centre of pixel 0 moves
        matrix[:, :2] *= step
        scale *= 2
    return cv2.warpAffine(
        image,
        matrix,
        (size, size),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=border,
    )


def move_keypoints(
    keypoints: np.ndarray, matrix: np.ndarray, mirrored: bool, permutation: Sequence[int]
) -> np.ndarray:
    """(K, 3) keypoints in crop px; in a mirror left and right change places."""
    moved = keypoints.astype(np.float64)
    moved[:, :2] = keypoints[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    return moved[list(permutation)] if mirrored else moved


def recolor(rng: np.random.Generator, image: np.ndarray, config: Augmentation) -> np.ndarray:
    """BGR uint8 image under other light, with other colours, noise and blur."""
    image = image.astype(np.float32)
    gain = 1 + rng.uniform(-1, 1) * config.light
    offset = rng.uniform(-128, 128) * config.light
    if config.color:
        grey = (image @ np.array([0.114, 0.587, 0.299], np.float32))[..., None]
        image = grey + (image - grey) * (1 + rng.uniform(-1, 1) * 2 * config.color)
        image = image * (1 + rng.uniform(-1, 1, 3) * 0.5 * config.color).astype(np.float32)
    if config.sharpen and rng.random() < SHARPENED:
        image = image + rng.uniform(0, config.sharpen) * fine_detail(rng, image)
    if config.noise:
        # One value for each channel of each pixel costs as much as all the rest; a smaller field,
        # tiled, looks the same.
        height, width = image.shape[:2]
        field = rng.normal(0, config.noise * rng.random() ** 2, (64, 64, 3)).astype(np.float32)
        tiled = np.tile(field, (-(-height // 64), -(-width // 64), 1))
        image = image + tiled[:height, :width]
    if rng.random() < config.blur:
        image = cv2.blur(image, (3, 3))
    return np.clip((image - 128) * gain + 128 + offset, 0, 255).astype(np.uint8)


def fine_detail(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """(H, W, 3) float32 what a blur within DETAIL takes from an image."""
    image = image.astype(np.float32)
    return image - cv2.GaussianBlur(image, (0, 0), rng.uniform(*DETAIL))


def add_texture(
    rng: np.random.Generator, crop: np.ndarray, other: np.ndarray, limit: float
) -> np.ndarray:
    """Crop (S, S, 3) uint8 with some of the fine detail of another photograph, at its own scale.

    Clutter as fine as in a large photograph, which small ones that were enlarged lack. limit: share
    of the detail, at most.
    """
    size = len(crop)
    rows = np.arange(size) + rng.integers(other.shape[0])
    columns = np.arange(size) + rng.integers(other.shape[1])
    # Mirrored at its edges, the other photograph goes on without a seam.
    patch = other[_mirrored(rows, other.shape[0])][:, _mirrored(columns, other.shape[1])]
    textured = crop + rng.uniform(0, limit) * fine_detail(rng, patch)
    return np.clip(textured, 0, 255).astype(np.uint8)


def _mirrored(index: np.ndarray, length: int) -> np.ndarray:
    folded = index % (2 * length)
    return np.minimum(folded, 2 * length - 1 - folded)

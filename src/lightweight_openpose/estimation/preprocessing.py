"""BGR image -> network input, and the exact map of its pixels back to the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

import cv2
import numpy as np

from lightweight_openpose.video import check_image
from lightweight_openpose.zoo.model_info import InputSpec

SHARP = 1.25  # less, and scaling to the network's input blurs: 0.7 points of AP at 1.1


@dataclass(frozen=True)
class PixelMap:
    """Affine map between image and network pixels, per axis.

    net = (image + 0.5) * scale - 0.5 + offset.
    """

    scale: Tuple[float, float]  # (x, y) network px per image px
    offset: Tuple[int, int] = (0, 0)  # (x, y) [px] of the content in the network's input

    def to_network(self, xy: np.ndarray) -> np.ndarray:
        """(..., 2) image px -> network px."""
        return (np.asarray(xy, np.float64) + 0.5) * self.scale - 0.5 + self.offset

    def to_image(self, xy: np.ndarray) -> np.ndarray:
        """(..., 2) network px -> image px."""
        return (np.asarray(xy, np.float64) - self.offset + 0.5) / self.scale - 0.5


def network_size(
    height: int, width: int, input_height: int, spec: InputSpec
) -> Tuple[int, int, int, int]:
    """Height and width [px] of the content, then of the network's input, for an image of a size.

    The content keeps the aspect ratio. Its height is input_height, less where a very wide image
    would exceed four times that in width (the cost of a frame stays bounded) or where the network
    takes one size only.
    """
    if spec.fixed_size:
        net_h, net_w = spec.fixed_size
        scale = min(net_h / height, net_w / width)
        content_h = max(1, min(net_h, round(height * scale)))
        content_w = max(1, min(net_w, round(width * scale)))
        return content_h, content_w, net_h, net_w
    scale = min(input_height / height, 4 * input_height / width)
    content_h = max(1, round(height * scale))
    content_w = max(1, round(width * scale))
    net_h = _round_up(content_h, spec.multiple)
    net_w = _round_up(content_w, spec.multiple)
    return content_h, content_w, net_h, net_w


def reduction_for(width: int, height: int, input_height: int, spec: InputSpec) -> int:
    """How many times, 4, 2 or 1, an image may be smaller and SHARP times as large as its content.

    width, height: [px] of the image; content: see network_size.
    """
    content_h, content_w, _, _ = network_size(height, width, input_height, spec)
    share = min(height / content_h, width / content_w)
    return next(n for n in (4, 2, 1) if share >= SHARP * n or n == 1)


def _round_up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple


def preprocess(
    image: np.ndarray, input_height: int, spec: InputSpec, reduction: int = 1
) -> Tuple[np.ndarray, PixelMap]:
    """BGR image (H, W, 3) uint8 -> float32 (1, 3, h, w) contiguous network input and its pixel map.

    reduction: px of the picture, which the pixel map leads back to, per px of the image. Raises
    BadImage.
    """
    content, pixel_map = fitted(image, input_height, spec, reduction)
    return as_tensor(content, spec), pixel_map


def as_tensor(content: np.ndarray, spec: InputSpec) -> np.ndarray:
    """(h, w, 3) uint8 BGR -> float32 (1, 3, h, w) contiguous, as the network takes it."""
    return cv2.dnn.blobFromImage(content, spec.scale, mean=spec.mean, swapRB=spec.rgb)


def fitted(
    image: np.ndarray, input_height: int, spec: InputSpec, reduction: int = 1
) -> Tuple[np.ndarray, PixelMap]:
    """BGR image (H, W, 3) uint8 -> (h, w, 3) uint8 of the input's size and its pixel map.

    The image is resized into the top-left corner, or the middle; what remains is filled with the
    grey of the spec. The rest as for preprocess().
    """
    height, width = check_image(image).shape[:2]
    content_h, content_w, net_h, net_w = network_size(height, width, input_height, spec)
    resized = _resize(image, content_w, content_h)
    below = net_h - content_h
    beside = net_w - content_w
    left, top = (beside // 2, below // 2) if spec.centred else (0, 0)
    if below or beside:
        sides = top, below - top, left, beside - left
        grey = (spec.fill,) * 3
        resized = cv2.copyMakeBorder(resized, *sides, cv2.BORDER_CONSTANT, value=grey)
    scale = content_w / width / reduction, content_h / height / reduction
    return resized, PixelMap(scale, (left, top))


def _resize(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """Image of this size.

    Shrinks by a whole factor first, which is fast where it divides the sides, and by less than two
    with linear interpolation after that: seven times faster than INTER_AREA all the way, for 0.001
    to 0.003 of AP.
    """
    rows, columns = image.shape[:2]
    whole = min(rows // height, columns // width)
    factor = next((n for n in range(whole, 1, -1) if rows % n == columns % n == 0), 1)
    if factor > 1:
        image = cv2.resize(image, (columns // factor, rows // factor), interpolation=cv2.INTER_AREA)
    rest = max(rows / height, columns / width) / factor
    interpolation = cv2.INTER_AREA if rest > 2 else cv2.INTER_LINEAR
    return cv2.resize(image, (width, height), interpolation=interpolation)

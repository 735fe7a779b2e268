"""How a network takes its images, and images as it takes them."""

from __future__ import annotations

from typing import Any, Callable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from .contract import BadModel

_FLOATS = (np.float32, np.float16)
# [px] height and width of the image that a network of any size is tried on: multiples of the
# strides of all networks that are known here.
_TRIED = (256, 320)


class Port(NamedTuple):
    """An input or an output of a network, as its file describes it."""

    name: str
    shape: tuple  # a size that varies is None or a string
    kind: type = np.float32  # NumPy's


class ImagePort(NamedTuple):
    """How a network takes its images."""

    size: Optional[Tuple[int, int]] = None  # (height, width) [px]; None: any
    batch: Optional[int] = None  # images at a time; None: any number
    channels_last: bool = False  # (N, H, W, 3) instead of (N, 3, H, W)
    kind: type = np.float32

    def run(self, network: Callable, tensor: np.ndarray) -> List[np.ndarray]:
        """Outputs, float32, of a network for (N, 3, H, W) float32 images.

        network: a function from an array as the network takes it to a list of arrays. Where it
        takes another number of images, it is called with as many, and zeros for those that lack.
        """
        count = self.batch or len(tensor)
        parts = []
        for start in range(0, len(tensor), count):
            images = tensor[start : start + count]
            outputs = network(self._fitted(images, count))
            parts.append([o[: len(images)] if count > 1 else o for o in outputs])
        joined = parts[0] if len(parts) == 1 else [np.concatenate(each) for each in zip(*parts)]
        return [np.asarray(output, np.float32) for output in joined]

    def _fitted(self, images: np.ndarray, count: int) -> np.ndarray:
        if len(images) < count:
            images = np.concatenate(
                [images, np.zeros_like(images[:1]).repeat(count - len(images), 0)]
            )
        if self.channels_last:
            images = images.transpose(0, 2, 3, 1)
        return np.ascontiguousarray(images, self.kind)

    def grey(self) -> np.ndarray:
        """(1, 3, H, W) float32 of one grey, of a size that the network takes."""
        return np.full((1, 3, *(self.size or _TRIED)), 0.5, np.float32)


def image_port(inputs: Sequence[Port], what: str) -> ImagePort:
    """How a network with these inputs takes its images; what: the file, for messages.

    Raises BadModel where it takes anything but colour images of floating-point numbers.
    """
    if len(inputs) != 1 or len(inputs[0].shape) != 4:
        shapes = ", ".join(f"{p.name} {list(p.shape)}" for p in inputs)
        raise BadModel(f"{what} takes {shapes or 'nothing'}, and not a batch of images alone")
    shape, kind = inputs[0].shape, inputs[0].kind
    last = shape[3] == 3 and shape[1] != 3
    batch, channels, *size = (shape[0], shape[3], *shape[1:3]) if last else shape
    if isinstance(channels, int) and channels not in (3, -1):
        raise BadModel(f"{what} takes images of {channels} channels, and cameras give three")
    if kind not in _FLOATS:
        raise BadModel(
            f"{what} takes images as {np.dtype(kind).name}: export it with an input of float32 "
            "or float16"
        )
    fixed = [n for n in size if _fixed(n)]
    if len(fixed) == 1:
        raise BadModel(
            f"{what} takes images of {' x '.join(str(n) for n in size)} px: export it with both "
            "sides fixed, or none"
        )
    return ImagePort(
        (fixed[0], fixed[1]) if fixed else None, batch if _fixed(batch) else None, last, kind
    )


def _fixed(size: Any) -> bool:
    return isinstance(size, int) and size > 0

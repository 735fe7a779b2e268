"""Recognizes what a file holds: by its description or, in a foreign file, by running it once."""

from __future__ import annotations

from typing import Callable, Iterator, List, Mapping, NamedTuple, Optional, Sequence

import numpy as np

from lightweight_openpose.poses import Skeleton
from lightweight_openpose.zoo.model_info import KEY, ModelInfo

from .contract import BadModel
from .foreign import Seen, detections_of
from .image_port import ImagePort, Port, image_port
from .layout import Layout, described, layout_of, skeleton_of
from .unusable import other_network


class Network(NamedTuple):
    """What is known of a network before it sees the first image."""

    port: ImagePort
    layout: Layout
    skeleton: Skeleton
    info: Optional[ModelInfo]  # None: neither the file nor the first run tells
    notices: Sequence[str]  # for the user


def look(
    inputs: Sequence[Port],
    outputs: Sequence[Port],
    metadata: Mapping[str, str],
    skeleton: Optional[Skeleton],
    what: str,
    run: Callable[[ImagePort, np.ndarray], List[np.ndarray]],
    info: Optional[ModelInfo] = None,
) -> Network:
    """What a file holds, by its inputs, outputs and metadata.

    skeleton: asked for, None: that of the file; what: the file, for messages; run(port, images):
    all outputs, float32, for (N, 3, H, W) float32; info: what is known of the file elsewhere.
    Raises BadModel, and what run does.
    """
    info = info or ModelInfo.from_json(metadata.get(KEY), what)
    skeleton = skeleton_of(skeleton, info)
    seen = Seen([port.name for port in outputs], None, metadata)
    shapes = [tuple(port.shape) for port in outputs]
    try:
        port = image_port(inputs, what)
    except BadModel:
        other = None if detections_of(shapes, seen) else other_network(shapes, seen)
        if other is None:
            raise
        raise BadModel(f"{what} is {other}") from None
    if info is None:
        image = port.grey()
        values = run(port, image)
        shapes = [value.shape for value in values]
        height, width = image.shape[2:]
        seen = seen._replace(size=(height, width), values=values)
    layout = layout_of(shapes, skeleton, what, seen)
    size = port.size or (None, None)
    info = described(layout, info, skeleton, (1, 3, *size), seen)
    return Network(port, layout, skeleton, info, list(_notices(port, what)))


def _notices(port: ImagePort, what: str) -> Iterator[str]:
    if port.batch is not None and port.batch > 1:
        yield (
            f"{what} takes {port.batch} images at a time, so that each frame costs as much as "
            f"{port.batch}: export it with batch 1"
        )

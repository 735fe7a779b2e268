"""What a backend is: a function from images to maps.

Images are (N, 3, H, W) float32, maps are heatmaps (N, K+1, h, w) and PAFs (N, 2L, h, w), float32. A
backend is a callable with the attributes `name`, `device` and `precision` (for people), `info` (a
ModelInfo, None when the file says nothing of itself), `skeleton`, and `layout`
(a layout.Layout), which says whether it returns these maps or something else. It may have a method
`two_streams()` that gives a backend of the same network for two threads at once, each frame with
half of the cores, or None where that cannot be. Where `decode_on_device` is true, its method
`on_device(tensor)` gives the maps as tensors of PyTorch on its device, to be decoded there.
"""

from __future__ import annotations

import re
from typing import Any, Callable, List, Tuple

import numpy as np

Backend = Callable[[np.ndarray], Tuple[np.ndarray, ...]]


class BackendError(RuntimeError):
    """The backend cannot run the model here; the message names the cause and the remedy."""


class BadModel(ValueError):
    """The model file is damaged or does not fit; the message names file and fault."""


class Unreadable(BadModel):
    """The file is damaged, or this runtime cannot read what another one may."""


def reason_in(error: BaseException) -> str:
    """The fault of an exception of a runtime, some of which have pages, in one line."""
    text = re.sub(r"Exception from \S+:\d+:", "", str(error))  # OpenVINO's positions in its source
    return (" ".join(text.split()) or type(error).__name__)[:200]


def runtime_of(backend: Any) -> str:
    """Runtime, device and precision of a backend, such as "openvino on CPU, precision f32"."""
    return f"{backend.name} on {backend.device}, precision {backend.precision}"


def split_outputs(
    shapes: List[Tuple[int, ...]], num_heatmaps: int, num_pafs: int, what: str
) -> Tuple[int, int]:
    """Indices of the heatmap and the PAF output: the last ones with these numbers of channels.

    shapes: of all outputs; what: the file, for messages. Raises BadModel.
    """
    channels = [s[1] if len(s) == 4 else None for s in shapes]
    found = []
    for label, count in (("heatmap", num_heatmaps), ("PAF", num_pafs)):
        matches = [i for i, c in enumerate(channels) if c == count and i not in found]
        if not matches:
            raise BadModel(
                f"{what} has no output with {count} {label} channels as the skeleton needs; "
                f"its outputs have {channels}"
            )
        found.append(matches[-1])
    return found[0], found[1]

"""Runtimes that run a network: (N, 3, H, W) float32 -> heatmaps (N, K+1, h, w) and PAFs (N, 2L, h, w), float32.

A backend is a callable with the attributes `name` and `device` (strings for people), `info` (a ModelInfo, None when the
file says nothing of itself) and `skeleton`. The modules beside this one
import their runtime when they are imported, this one imports them when they are asked for.
"""
from __future__ import annotations

import importlib.util
from typing import Callable, List, Tuple

import numpy as np

BACKENDS = {"openvino": "openvino", "onnxruntime": "onnxruntime", "torch": "torch", "tensorrt": "tensorrt"}  # -> package
FORMATS = {".xml": ("openvino",), ".onnx": ("openvino", "onnxruntime"), ".pth": ("torch", "openvino", "onnxruntime", "tensorrt"),
           ".pt": ("torch",), ".engine": ("tensorrt",), ".trt": ("tensorrt",)}

Backend = Callable[[np.ndarray], Tuple[np.ndarray, np.ndarray]]


class BackendError(RuntimeError):
    """The backend cannot run the model here; the message names the package or file and the remedy."""


class BadModel(ValueError):
    """The model file is damaged or does not fit; the message names file and fault."""


def installed(name: str) -> bool:
    return importlib.util.find_spec(BACKENDS[name]) is not None


def readable(suffix: str, name: str = "auto") -> bool:
    """True where choose(suffix, name) gives a backend."""
    try:
        choose(suffix, name)
    except BackendError:
        return False
    return True


def choose(suffix: str, name: str = "auto") -> str:
    """Name of the backend to use for a model file with this suffix. Raises BackendError.

    "auto": torch for a checkpoint where there is a CUDA device, else the fastest on a CPU that is installed.
    """
    if suffix not in FORMATS:
        raise BackendError(f"a model file ends in {', '.join(sorted(FORMATS))}, not '{suffix}'")
    if name != "auto":
        if name not in BACKENDS:
            raise BackendError(f"unknown backend '{name}'; known: auto, {', '.join(BACKENDS)}")
        if name not in FORMATS[suffix]:
            raise BackendError(f"backend {name} does not read {suffix} files; {' or '.join(FORMATS[suffix])} does")
        needed = [name] + (["torch"] if suffix == ".pth" or name == "tensorrt" else [])
        missing = [n for n in needed if not installed(n)]
        if missing:
            raise BackendError(f"backend {name} with a {suffix} file needs the Python package {BACKENDS[missing[0]]}: "
                               f"pip install {BACKENDS[missing[0]]}")
        return name
    return _fastest(suffix)


def _fastest(suffix: str) -> str:
    if suffix == ".pth":
        if not installed("torch"):
            raise BackendError("a .pth checkpoint needs the Python package torch: pip install torch")
        import torch
        if torch.cuda.is_available():
            return "torch"
    for name in BACKENDS:
        if name in FORMATS[suffix] and installed(name):
            return name
    packages: List[str] = [BACKENDS[n] for n in FORMATS[suffix]]
    raise BackendError(f"no runtime for {suffix} files is installed: pip install {packages[0]}")


def split_outputs(shapes: List[Tuple[int, ...]], num_heatmaps: int, num_pafs: int, what: str) -> Tuple[int, int]:
    """Indices of the heatmap and the PAF output: the last ones with these numbers of channels. Raises BadModel."""
    channels = [s[1] if len(s) == 4 else None for s in shapes]
    found = []
    for label, count in (("heatmap", num_heatmaps), ("PAF", num_pafs)):
        matches = [i for i, c in enumerate(channels) if c == count and i not in found]
        if not matches:
            raise BadModel(f"{what} has no output with {count} {label} channels as the skeleton needs; "
                           f"its outputs have {channels}")
        found.append(matches[-1])
    return found[0], found[1]

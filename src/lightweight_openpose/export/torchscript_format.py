"""TorchScript with the model's description beside the code."""
from __future__ import annotations

import os
from pathlib import Path

import torch

from lightweight_openpose.networks.onnx_format import LastStage
from lightweight_openpose.zoo.model_info import KEY, ModelInfo


def export_torchscript(network, path, info: ModelInfo) -> Path:
    """Traced network of any input size; returns (heatmaps, pafs) of the last stage."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.part")
    with torch.inference_mode():
        traced = torch.jit.trace(LastStage(network.eval()).cpu(), torch.zeros(1, 3, 256, 256))
    torch.jit.save(traced, str(partial), _extra_files={KEY: info.to_json()})
    os.replace(str(partial), str(path))
    return path

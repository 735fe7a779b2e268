"""TorchScript with the model's description next to the code."""

from __future__ import annotations

from pathlib import Path
from typing import Union

import torch
from torch import nn

from lightweight_openpose.files import replacing
from lightweight_openpose.networks.onnx_format import LastStage
from lightweight_openpose.zoo.model_info import KEY, ModelInfo


def export_torchscript(network: nn.Module, path: Union[str, Path], info: ModelInfo) -> Path:
    """Traced network of any input size; returns (heatmaps, pafs) of the last stage."""
    path = Path(path)
    with torch.inference_mode():
        traced = torch.jit.trace(LastStage(network.eval()).cpu(), torch.zeros(1, 3, 256, 256))
    with replacing(path) as partial:
        torch.jit.save(traced, str(partial), _extra_files={KEY: info.to_json()})
    return path

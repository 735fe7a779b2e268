"""Write a network to the formats of other runtimes."""
from __future__ import annotations

import inspect
import os
from pathlib import Path

import torch
from torch import nn


class _LastStage(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        return self.network(image)[-1]


def export_onnx(network: nn.Module, path, opset: int = 13) -> Path:
    """ONNX with any batch, height and width; input "image", outputs "heatmaps" and "pafs" of the last stage.

    Written beside the target and moved into place, so that a killed run leaves no half file.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.part")
    axes = {name: {0: "batch", 2: "height" + suffix, 3: "width" + suffix}
            for name, suffix in (("image", ""), ("heatmaps", "_8"), ("pafs", "_8"))}
    # The exporter based on torch.dynamo needs onnxscript and knows no opset below 18.
    legacy = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    try:
        torch.onnx.export(_LastStage(network.eval()).cpu(), (torch.zeros(1, 3, 256, 256),), str(partial),
                          input_names=["image"], output_names=["heatmaps", "pafs"], dynamic_axes=axes,
                          opset_version=opset, **legacy)
        os.replace(str(partial), str(path))
    finally:
        if partial.exists():
            partial.unlink()
    return path

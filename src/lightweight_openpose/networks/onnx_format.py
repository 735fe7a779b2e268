"""ONNX with the model's description in its metadata."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Optional, Tuple, Union

import torch
from torch import nn

from lightweight_openpose.files import replacing
from lightweight_openpose.poses import Skeleton
from lightweight_openpose.zoo.model_info import KEY, ModelInfo

from . import CLOSEUPS, architecture_of
from .checkpoint import info_of
from .openpose_hand import OpenPoseHand

if TYPE_CHECKING:
    import onnx


class LastStage(nn.Module):
    """image -> the maps of the last stage only."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, image: torch.Tensor) -> Tuple[torch.Tensor, ...]:
        """(N, 3, H, W) -> heatmaps, and pafs where the network has them, each (N, C, H/8, W/8)."""
        return self.network(image)[-1]


def export_onnx(
    network: nn.Module,
    skeleton: Skeleton,
    path: Union[str, Path],
    opset: int = 13,
    size: Optional[Tuple[int, int]] = None,
    describe: bool = True,
    simplify: bool = False,
) -> Path:
    """Write an ONNX file with the input "image" and the outputs "heatmaps" and "pafs".

    A network of hands has no PAFs, and its file no such output. That of a closeup has "points" and
    "presence", and takes any batch of its one size.

    size: (height, width) of the input [px], None for any batch and size. describe: put the
    ModelInfo into the metadata (needs the package onnx). simplify: fold constants and merge nodes
    with onnxslim.
    """
    path = Path(path)
    names = ["heatmaps"] if isinstance(network, OpenPoseHand) else ["heatmaps", "pafs"]
    axes = (
        None
        if size
        else {
            name: {0: "batch", 2: "height" + suffix, 3: "width" + suffix}
            for name, suffix in [("image", ""), *((name, "_8") for name in names)]
        }
    )
    if architecture_of(network) in CLOSEUPS:
        names, size = ["points", "presence"], (network.multiple, network.multiple)
        axes = {name: {0: "batch"} for name in ("image", *names)}
    example = torch.zeros(1, 3, *(size or (256, 256)))
    # The exporter based on torch.dynamo needs onnxscript and knows no opset below 18.
    legacy = (
        {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    )
    with replacing(path) as partial:
        torch.onnx.export(
            LastStage(network.eval()).cpu(),
            (example,),
            str(partial),
            input_names=["image"],
            output_names=names,
            dynamic_axes=axes,
            opset_version=opset,
            **legacy,
        )
        if describe:
            _describe(partial, info_of(network, skeleton), simplify)
    return path


def describe_model(model: onnx.ModelProto, info: ModelInfo) -> None:
    """Put a ModelInfo into the metadata of an onnx model."""
    entry = model.metadata_props.add()
    entry.key = KEY
    entry.value = info.to_json()


def _describe(path: Path, info: ModelInfo, simplify: bool) -> None:
    import onnx

    model = onnx.load(str(path))
    if simplify:
        import onnxslim

        model = onnxslim.slim(model)
    describe_model(model, info)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))

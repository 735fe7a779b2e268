"""PyTorch on the CPU or a CUDA device: networks of this package and TorchScript files."""

from __future__ import annotations

import copy
from functools import partial
from pathlib import Path
from typing import List, Optional, Tuple, Union

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from lightweight_openpose.files import check_archive
from lightweight_openpose.poses import COCO18, Skeleton
from lightweight_openpose.zoo.model_info import KEY, ModelInfo

from .contract import BackendError, BadModel, reason_in
from .cuda_graphs import CudaGraphs
from .first_answer import NoAnswer, in_time
from .layout import HEATMAPS, MAPS, Layout, check_cells
from .precision import Precision, native_bfloat16

_TYPES = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}


class TorchBackend:
    """Runs a module in the memory of this process, on CUDA from CUDA graphs. Raises BackendError.

    In f16 (the default on CUDA) and bf16 a copy of it, its batch norms folded.
    """

    name = "torch"

    def __init__(
        self,
        network: nn.Module,
        device: str = "auto",
        threads: int = 0,
        info: ModelInfo = ModelInfo(),
        layout: Layout = MAPS,
        precision: Precision = Precision(),
    ):
        """network: a module that returns maps as the layout says, or a list of them per stage.

        device: auto, cpu, cuda, cuda:N; threads: 0 all cores.
        """
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if device.startswith("cuda") and not torch.cuda.is_available():
            raise BackendError(
                f"device {device} was asked for, but PyTorch {torch.__version__} sees no CUDA "
                "device; use device cpu or install a CUDA build of torch"
            )
        if threads > 0:
            torch.set_num_threads(threads)
        self.device = device
        self.info = info
        self.skeleton = info.skeleton
        self.layout = layout
        cuda = device.startswith("cuda")
        self.decode_on_device = cuda
        own = "f16" if cuda else "f32"
        self.precision = precision.chosen(_precisions(device), own, f"torch on {device}")
        dtype = _TYPES[self.precision]
        network = network.eval() if dtype is torch.float32 else fused(network).to(dtype)
        network = network.to(device, memory_format=torch.channels_last)
        self._forward = partial(_last_maps, network, dtype)
        self._graphs = CudaGraphs(self._forward) if cuda else None

    def __call__(self, tensor: np.ndarray) -> Tuple[np.ndarray, ...]:
        """(N, 3, H, W) float32 -> the maps of the last stage, float32. Raises BackendError."""
        return tuple(m.cpu().numpy() for m in self.on_device(tensor))

    def on_device(self, tensor: np.ndarray) -> Tuple[torch.Tensor, ...]:
        """As a call, with the maps as tensors on the device, ready; the input may be a tensor."""
        try:
            return self._run(torch.as_tensor(tensor))
        except torch.cuda.OutOfMemoryError:
            pass  # the error holds what the network made so far
        except RuntimeError as error:  # of PyTorch, cuDNN or a script, with pages of trace
            height, width = tensor.shape[2:]
            raise BackendError(
                f"torch cannot run the network on {width}x{height} px: {reason_in(error)}"
            ) from None
        if self.device != "cpu":
            torch.cuda.empty_cache()
        raise BackendError(
            f"{self.device} has not enough memory for {len(tensor)} input of "
            f"{tensor.shape[3]}x{tensor.shape[2]} px: lower the input height (~input_height, "
            "--height), end what else uses the device, or take another device"
        )

    def _run(self, tensor: torch.Tensor) -> Tuple[torch.Tensor, ...]:
        with torch.inference_mode():
            if self._graphs is None:
                return self._forward(tensor.to(self.device))
            maps = self._graphs(tensor, self.device)
        torch.cuda.current_stream(self.device).synchronize()
        return maps


def _precisions(device: str) -> List[str]:
    """That may be asked for on a device."""
    if device.startswith("cuda"):
        return ["f32", "f16", *(["bf16"] if torch.cuda.is_bf16_supported() else [])]
    return ["f32", "bf16"] if native_bfloat16() else ["f32"]


def _last_maps(
    network: nn.Module, dtype: torch.dtype, tensor: torch.Tensor
) -> Tuple[torch.Tensor, ...]:
    """The maps of the last stage of a network of this dtype, float32, where the tensor lies."""
    outputs = network(tensor.to(dtype).contiguous(memory_format=torch.channels_last))
    last = outputs[-1] if isinstance(outputs, list) else outputs
    return tuple(m.float().contiguous() for m in last)


def fused(network: nn.Module) -> nn.Module:
    """Copy of a network for inference, its batch norms part of the convolutions before them."""
    network = copy.deepcopy(network).eval()
    for parent in list(network.modules()):
        if not isinstance(parent, nn.Sequential):
            continue
        for (name, conv), (after, norm) in zip(
            list(parent.named_children()), list(parent.named_children())[1:]
        ):
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(parent, name, fuse_conv_bn_eval(conv, norm))
                setattr(parent, after, nn.Identity())
    return network


def load_torchscript(
    path: Union[str, Path],
    skeleton: Optional[Skeleton] = None,
    device: str = "auto",
    threads: int = 0,
    precision: Precision = Precision(),
) -> TorchBackend:
    """Backend for a TorchScript file. Raises BadModel."""
    extra = {KEY: ""}
    try:
        check_archive(path)
        network = torch.jit.load(str(path), map_location="cpu", _extra_files=extra)
    except Exception as error:  # RuntimeError with a C++ trace, or ValueError, by version
        raise BadModel(
            f"torch cannot load {path} as TorchScript, it may be damaged: {reason_in(error)}"
        ) from None
    text = extra[KEY]
    if isinstance(text, bytes):
        text = text.decode()
    info = ModelInfo.from_json(text, path) or ModelInfo(skeleton or COCO18)
    if skeleton is not None and skeleton != info.skeleton:
        info = ModelInfo(skeleton, info.spec, info.stride)
    backend = TorchBackend(network, device, threads, info, precision=precision)
    try:
        grey = torch.zeros(1, 3, 64, 64).numpy()
        maps = in_time(backend.device, f"torch, which runs {path},", backend, grey)
        channels = [m.shape[1] for m in maps]
    except NoAnswer:
        raise
    except Exception as error:  # of the script, or of outputs that are no maps
        raise BadModel(
            f"{path} gives no heatmaps and PAFs on 64x64 px: {reason_in(error)}; networks of "
            "others are read as .onnx files"
        ) from None
    wanted = [info.skeleton.num_heatmaps, info.skeleton.num_pafs]
    if channels == wanted[:1]:
        backend.layout = HEATMAPS
    elif channels != wanted:
        raise BadModel(
            f"{path} gives maps of {channels} channels; skeleton {info.skeleton.name} needs "
            f"{wanted}"
        )
    else:
        heatmaps, pafs = (m.shape for m in maps)
        check_cells(heatmaps, pafs, str(path))
    return backend

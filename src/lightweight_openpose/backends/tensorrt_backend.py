"""TensorRT engines: our .engine files, bare ones, and .pth files as torch2trt saves them.

Needs torch with CUDA for the buffers. Our files are a line of JSON (the ModelInfo) that begins with
MAGIC, and the serialized engine after it.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, List, Optional, Tuple, Union

import numpy as np

from lightweight_openpose.poses import Skeleton
from lightweight_openpose.zoo.model_info import ModelInfo

from .contract import BackendError, BadModel, reason_in
from .foreign import Seen
from .layout import described, layout_of, skeleton_of
from .precision import AS_MADE

MAGIC = b"lightweight_openpose "


def pack_engine(engine: bytes, info: ModelInfo) -> bytes:
    """Contents of an .engine file."""
    return MAGIC + info.to_json().encode() + b"\n" + engine


def read_engine(path: Union[str, Path]) -> Tuple[bytes, Optional[ModelInfo]]:
    """(serialized engine, ModelInfo or None) of a file. Raises BadModel.

    The file is an .engine or the state dict of a TRTModule.
    """
    if Path(path).suffix == ".pth":
        from .torch2trt_file import read_torch2trt

        return read_torch2trt(path)
    content = Path(path).read_bytes()
    if not content.startswith(MAGIC):
        return content, None
    head, _, engine = content[len(MAGIC) :].partition(b"\n")
    return engine, ModelInfo.from_json(head.decode(errors="replace"), path)


class TensorRtBackend:
    """Runs an engine of one input size on a CUDA device. Raises BackendError or BadModel."""

    name = "tensorrt"
    precision = AS_MADE

    def __init__(
        self, path: Union[str, Path], skeleton: Optional[Skeleton] = None, device: str = "auto"
    ):
        """device: auto or cuda:N."""
        import tensorrt as trt
        import torch

        if not torch.cuda.is_available():
            raise BackendError("backend tensorrt needs a CUDA device, and PyTorch sees none")
        self._torch = torch
        self._path = path
        self.device = "cuda" if device == "auto" else device
        serialized, info = read_engine(path)
        self.skeleton = skeleton_of(skeleton, info)
        engine = trt.Runtime(trt.Logger(trt.Logger.WARNING)).deserialize_cuda_engine(serialized)
        if engine is None:
            raise BadModel(
                f"TensorRT {trt.__version__} cannot read {path}: it was made by another version or "
                "for another GPU; build it here with `pose export --to tensorrt`"
            )
        self._context = engine.create_execution_context()
        # Engines of TensorRT 7 and before may have shapes without N.
        self._batched = not getattr(engine, "has_implicit_batch_dimension", False)
        # From TensorRT 8.5 on tensors have names, before that numbers.
        self._modern = self._batched and hasattr(engine, "num_io_tensors")
        self._names, inputs, shapes, types = _tensors(engine, trt, self._modern)
        if not self._batched:
            shapes = [(1, *shape) for shape in shapes]
        outputs = [i for i, is_input in enumerate(inputs) if not is_input]
        self._input = inputs.index(True)
        size = tuple(shapes[self._input])
        seen = Seen([self._names[i] for i in outputs], size[2:])
        self.layout = layout_of([shapes[i] for i in outputs], self.skeleton, str(path), seen)
        self._outputs = [outputs[i] for i in self.layout.outputs]
        self._buffers = [
            torch.empty(shape, dtype=getattr(torch, np.dtype(kind).name), device=self.device)
            for shape, kind in zip(shapes, types)
        ]
        info = described(self.layout, info, self.skeleton, size) or ModelInfo(self.skeleton)
        spec = dataclasses.replace(info.spec, fixed_size=size[2:])
        self.info = dataclasses.replace(info, skeleton=self.skeleton, spec=spec)

    def __call__(self, tensor: np.ndarray) -> Tuple[np.ndarray, ...]:
        """(1, 3, H, W) float32 of the engine's size -> its outputs. Raises BackendError."""
        try:
            return self.layout.arrange(self._run(tensor))
        except RuntimeError as error:  # of PyTorch or TensorRT
            raise BackendError(f"tensorrt cannot run {self._path}: {reason_in(error)}") from None

    def _run(self, tensor: np.ndarray) -> List[np.ndarray]:
        torch = self._torch
        self._buffers[self._input].copy_(torch.from_numpy(tensor))
        stream = torch.cuda.current_stream()
        if self._modern:
            for name, buffer in zip(self._names, self._buffers):
                self._context.set_tensor_address(name, buffer.data_ptr())
            done = self._context.execute_async_v3(stream.cuda_stream)
        elif self._batched:
            addresses = [buffer.data_ptr() for buffer in self._buffers]
            done = self._context.execute_async_v2(addresses, stream.cuda_stream)
        else:
            addresses = [buffer.data_ptr() for buffer in self._buffers]
            done = self._context.execute_async(1, addresses, stream.cuda_stream)
        if not done:
            raise RuntimeError("it failed and does not say why")
        stream.synchronize()
        return [self._buffers[i].float().cpu().numpy() for i in self._outputs]


def _tensors(
    engine: Any, trt: Any, modern: bool
) -> Tuple[List[str], List[bool], List[tuple], list]:
    """Names, whether each is an input, shapes and NumPy types of an engine's tensors."""
    if modern:
        names = [engine.get_tensor_name(i) for i in range(engine.num_io_tensors)]
        return (
            names,
            [engine.get_tensor_mode(n) == trt.TensorIOMode.INPUT for n in names],
            [tuple(engine.get_tensor_shape(n)) for n in names],
            [trt.nptype(engine.get_tensor_dtype(n)) for n in names],
        )
    indices = range(engine.num_bindings)
    return (
        [engine.get_binding_name(i) for i in indices],
        [engine.binding_is_input(i) for i in indices],
        [tuple(engine.get_binding_shape(i)) for i in indices],
        [trt.nptype(engine.get_binding_dtype(i)) for i in indices],
    )

"""TensorRT engines: our .engine files, and .pth files that torch2trt saved. Needs torch with CUDA for the buffers.

Our files are a line of JSON (the ModelInfo) that begins with MAGIC, and the serialized engine after it.
"""
from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.zoo.model_info import KEY, ModelInfo

from .contract import BackendError, BadModel, split_outputs

MAGIC = b"lightweight_openpose "


def pack_engine(engine: bytes, onnx_path, size) -> bytes:
    """Contents of an .engine file: the description of the ONNX file with the engine's fixed size, and the engine."""
    import onnx
    properties = {p.key: p.value for p in onnx.load(str(onnx_path), load_external_data=False).metadata_props}
    info = ModelInfo.from_json(properties.get(KEY), onnx_path) or ModelInfo()
    info = dataclasses.replace(info, spec=dataclasses.replace(info.spec, fixed_size=tuple(size)))
    return MAGIC + info.to_json().encode() + b"\n" + engine


def read_engine(path):
    """(serialized engine, ModelInfo or None) of an .engine file or a TRTModule state dict. Raises BadModel."""
    if Path(path).suffix == ".pth":
        import torch
        try:
            state = torch.load(str(path), map_location="cpu", weights_only=True)
            return bytes(state["engine"]), None
        except Exception as error:
            raise BadModel(f"{path} is no file that torch2trt saved: {str(error).splitlines()[0][:160]}") from None
    content = Path(path).read_bytes()
    if not content.startswith(MAGIC):
        return content, None
    head, _, engine = content[len(MAGIC):].partition(b"\n")
    return engine, ModelInfo.from_json(head.decode(errors="replace"), path)


class TensorRtBackend:
    name = "tensorrt"

    def __init__(self, path, skeleton=None, device: str = "auto"):
        """device: auto or cuda:N."""
        import tensorrt as trt
        import torch
        if not torch.cuda.is_available():
            raise BackendError("backend tensorrt needs a CUDA device, and PyTorch sees none")
        self._torch = torch
        self.device = "cuda" if device == "auto" else device
        serialized, self.info = read_engine(path)
        self.skeleton = skeleton or (self.info.skeleton if self.info else COCO18)
        engine = trt.Runtime(trt.Logger(trt.Logger.WARNING)).deserialize_cuda_engine(serialized)
        if engine is None:
            raise BadModel(f"TensorRT {trt.__version__} cannot read {path}: it was made by another version or for another "
                           "GPU; build it here with `pose export --to tensorrt`")
        self._context = engine.create_execution_context()
        self._modern = hasattr(engine, "num_io_tensors")  # from TensorRT 8.5 on tensors have names, before them numbers
        self._names, inputs, shapes, types = _tensors(engine, trt, self._modern)
        outputs = [i for i, is_input in enumerate(inputs) if not is_input]
        self._input = inputs.index(True)
        chosen = split_outputs([shapes[i] for i in outputs], self.skeleton.num_heatmaps, self.skeleton.num_pafs, str(path))
        self._outputs = [outputs[i] for i in chosen]
        self._buffers = [torch.empty(shape, dtype=getattr(torch, np.dtype(kind).name), device=self.device)
                         for shape, kind in zip(shapes, types)]
        if self.info is None:
            self.info = ModelInfo(self.skeleton)
        spec = dataclasses.replace(self.info.spec, fixed_size=tuple(shapes[self._input][2:]))
        self.info = dataclasses.replace(self.info, skeleton=self.skeleton, spec=spec)

    def __call__(self, tensor):
        torch = self._torch
        self._buffers[self._input].copy_(torch.from_numpy(tensor))
        stream = torch.cuda.current_stream()
        if self._modern:
            for name, buffer in zip(self._names, self._buffers):
                self._context.set_tensor_address(name, buffer.data_ptr())
            done = self._context.execute_async_v3(stream.cuda_stream)
        else:
            done = self._context.execute_async_v2([b.data_ptr() for b in self._buffers], stream.cuda_stream)
        if not done:
            raise RuntimeError("TensorRT failed to run the engine")
        stream.synchronize()
        return tuple(self._buffers[i].float().cpu().numpy() for i in self._outputs)


def _tensors(engine, trt, modern):
    """Names, whether each is an input, shapes and NumPy types of an engine's tensors."""
    if modern:
        names = [engine.get_tensor_name(i) for i in range(engine.num_io_tensors)]
        return (names, [engine.get_tensor_mode(n) == trt.TensorIOMode.INPUT for n in names],
                [tuple(engine.get_tensor_shape(n)) for n in names], [trt.nptype(engine.get_tensor_dtype(n)) for n in names])
    indices = range(engine.num_bindings)
    return ([engine.get_binding_name(i) for i in indices], [engine.binding_is_input(i) for i in indices],
            [tuple(engine.get_binding_shape(i)) for i in indices],
            [trt.nptype(engine.get_binding_dtype(i)) for i in indices])

"""Huawei Ascend: .om files that `atc` compiled, through pyACL (`import acl`) of the CANN toolkit.

Calls and constants: https://www.hiascend.com/document, "AscendCL API (Python)".
"""

from __future__ import annotations

import dataclasses
import re
import threading
import weakref
from pathlib import Path
from typing import Any, List, NamedTuple, Optional, Sequence, Tuple, Union

import acl
import numpy as np

from lightweight_openpose.poses import Skeleton
from lightweight_openpose.zoo.model_info import InputSpec, ModelInfo

from .contract import BackendError, BadModel
from .foreign import Seen
from .layout import described, layout_of, skeleton_of
from .precision import AS_MADE

_DONE = (0, 100002)  # of acl.init: ACL_SUCCESS, ACL_ERROR_REPEAT_INITIALIZE
_TO_DEVICE = 1  # ACL_MEMCPY_HOST_TO_DEVICE
_TO_HOST = 2  # ACL_MEMCPY_DEVICE_TO_HOST
_HUGE_PAGES_FIRST = 0  # ACL_MEM_MALLOC_HUGE_FIRST
_TYPES = {0: np.float32, 1: np.float16}  # aclDataType -> NumPy
# Frozen graphs of tf-pose-estimation (NHWC) take pixels as they are and scale them inside.
_TENSORFLOW_SPEC = InputSpec(mean=(0.0, 0.0, 0.0), scale=1.0)


class _Tensor(NamedTuple):
    """An input or output with its memory on the device."""

    shape: Tuple[int, ...]  # of the model, NCHW or NHWC
    type: type  # NumPy's
    size: int  # bytes
    address: int  # on the device
    buffer: int  # aclDataBuffer around it
    host: int  # address of as many bytes on the host, of an output; else 0


class AscendBackend:
    """Runs an .om file of one input size. Raises BackendError or BadModel."""

    name = "ascend"
    precision = AS_MADE

    def __init__(
        self, path: Union[str, Path], skeleton: Optional[Skeleton] = None, device: str = "auto"
    ):
        """device: auto or npu:N."""
        number = re.fullmatch(r"auto|npu(?::(\d+))?", device)
        if number is None:
            raise BackendError(f"backend ascend runs on auto, npu or npu:N, not on {device}")
        index = int(number.group(1) or 0)
        self.device = f"npu:{index}"
        self._lock = threading.Lock()
        if acl.init() not in _DONE:
            raise BackendError("Ascend's runtime does not start: is the NPU's driver loaded?")
        if acl.rt.set_device(index) != 0:
            raise BackendError(f"there is no device {self.device}; `npu-smi info` lists them")
        self._context = _value(acl.rt.create_context(index), "create_context")
        self._model, fault = acl.mdl.load_from_file(str(path))
        if fault != 0:
            acl.rt.destroy_context(self._context)
            raise BadModel(
                f"Ascend cannot load {path} (error {fault}): it may be damaged or made for another "
                "chip; compile it with the --soc_version that `npu-smi info` tells"
            )
        description = acl.mdl.create_desc()
        _check(acl.mdl.get_desc(description, self._model), "get_desc")
        ends = (
            [_tensor(description, "input", i) for i in range(acl.mdl.get_num_inputs(description))],
            [
                _tensor(description, "output", i)
                for i in range(acl.mdl.get_num_outputs(description))
            ],
        )
        self._sets = [_dataset(tensors) for tensors in ends]
        (self._input, *_), self._tensors = ends
        weakref.finalize(self, _release, self._context, self._model, description, self._sets, ends)
        shape = self._input.shape
        if len(shape) != 4 or shape[0] != 1 or 3 not in (shape[1], shape[3]):
            raise BadModel(f"{path} takes {shape}, not one image of three channels")
        self._by_pixel = shape[1] != 3  # NHWC
        shapes = [self._as_maps(tensor.shape) for tensor in self._tensors]
        self.skeleton = skeleton_of(skeleton, None)
        size = self._as_maps(self._input.shape)
        fixed = size[2], size[3]
        self.layout = layout_of(shapes, self.skeleton, str(path), Seen(size=fixed))
        spec = _TENSORFLOW_SPEC if self._by_pixel else InputSpec()
        info = described(self.layout, None, self.skeleton, size) or ModelInfo(self.skeleton, spec)
        spec = dataclasses.replace(info.spec, fixed_size=fixed)
        self.info = dataclasses.replace(info, skeleton=self.skeleton, spec=spec)

    def _as_maps(self, shape: Sequence[int]) -> Tuple[int, ...]:
        """A shape as NCHW."""
        if not self._by_pixel or len(shape) != 4:
            return tuple(shape)
        n, h, w, c = shape
        return n, c, h, w

    def __call__(self, tensor: np.ndarray) -> Tuple[np.ndarray, ...]:
        """(1, 3, H, W) float32 of the model's size -> its outputs. Raises BackendError."""
        if self._by_pixel:
            tensor = tensor.transpose(0, 2, 3, 1)
        if tensor.shape != self._input.shape:
            raise BackendError(
                f"the model takes an input of {self._input.shape}, not {tensor.shape}"
            )
        data = np.ascontiguousarray(tensor, self._input.type).tobytes()
        with self._lock:
            # A context belongs to a thread, and any may call.
            _check(acl.rt.set_context(self._context), "set_context")
            target = self._input
            source = acl.util.bytes_to_ptr(data)
            _check(
                acl.rt.memcpy(target.address, target.size, source, len(data), _TO_DEVICE), "memcpy"
            )
            _check(acl.mdl.execute(self._model, *self._sets), "execute")
            outputs = [self._fetch(self._tensors[i]) for i in self.layout.outputs]
        return self.layout.arrange(outputs)

    def _fetch(self, tensor: _Tensor) -> np.ndarray:
        size = tensor.size
        _check(acl.rt.memcpy(tensor.host, size, tensor.address, size, _TO_HOST), "memcpy")
        count = int(np.prod(tensor.shape))
        array: np.ndarray = np.frombuffer(
            acl.util.ptr_to_bytes(tensor.host, size), tensor.type, count
        )
        array = array.reshape(tensor.shape).astype(np.float32)
        if self._by_pixel and array.ndim == 4:
            array = np.ascontiguousarray(array.transpose(0, 3, 1, 2))
        return array


def _check(fault: int, what: str) -> None:
    if fault != 0:
        raise BackendError(f"Ascend's {what} failed with error {fault}")


def _value(result: Any, what: str) -> Any:
    """The value of a call that returned (value, error); raises where there is an error."""
    value, fault = result
    _check(fault, what)
    return value


def _tensor(description: Any, end: str, index: int) -> _Tensor:
    """Input or output of a model with memory of its own; end: "input" or "output"."""
    dimensions = _value(getattr(acl.mdl, f"get_{end}_dims")(description, index), "get_dims")
    kind = getattr(acl.mdl, f"get_{end}_data_type")(description, index)
    if kind not in _TYPES:
        raise BadModel(
            f"an {end} of the model has Ascend's type {kind}; compile it without AIPP, so that it "
            "takes float32"
        )
    size = getattr(acl.mdl, f"get_{end}_size_by_index")(description, index)
    address = _value(acl.rt.malloc(size, _HUGE_PAGES_FIRST), "malloc")
    buffer = acl.create_data_buffer(address, size)
    host = _value(acl.rt.malloc_host(size), "malloc_host") if end == "output" else 0
    return _Tensor(tuple(dimensions["dims"]), _TYPES[kind], size, address, buffer, host)


def _dataset(tensors: List[_Tensor]) -> Any:
    """What execute() takes as its inputs or outputs."""
    dataset = acl.mdl.create_dataset()
    for tensor in tensors:
        _value(acl.mdl.add_dataset_buffer(dataset, tensor.buffer), "add_dataset_buffer")
    return dataset


def _release(context: Any, model: Any, description: Any, sets: Any, ends: Any) -> None:
    """Give back what a backend held on the device."""
    acl.rt.set_context(context)
    for dataset, tensors in zip(sets, ends):
        acl.mdl.destroy_dataset(dataset)
        for tensor in tensors:
            acl.destroy_data_buffer(tensor.buffer)
            acl.rt.free(tensor.address)
            if tensor.host:
                acl.rt.free_host(tensor.host)
    acl.mdl.unload(model)
    acl.mdl.destroy_desc(description)
    acl.rt.destroy_context(context)

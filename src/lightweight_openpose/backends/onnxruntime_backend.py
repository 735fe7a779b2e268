"""ONNX Runtime with any of its execution providers."""

from __future__ import annotations

import copy
import os
import queue
from pathlib import Path
from typing import Any, Iterable, List, Optional, Sequence, Tuple, Union

import numpy as np
import onnxruntime

from lightweight_openpose.poses import Skeleton
from lightweight_openpose.zoo.model_info import InputSpec, ModelInfo

from .contract import BackendError, Unreadable, reason_in
from .first_look import look
from .image_port import Port
from .precision import AS_MADE

# Names of types, where NumPy's are others.
_TYPES = {"float": "float32", "double": "float64"}


class OnnxRuntimeBackend:
    """Runs an ONNX file of any input size. Raises BackendError or BadModel."""

    name = "onnxruntime"
    precision = AS_MADE

    def __init__(
        self,
        path: Union[str, Path],
        skeleton: Optional[Skeleton] = None,
        device: str = "auto",
        threads: int = 0,
        info: Optional[ModelInfo] = None,
    ):
        """device: auto (CUDA where there is one), cpu, or an execution provider; threads: 0 all.

        info: what is known of the file elsewhere.
        """
        available = onnxruntime.get_available_providers()
        if device not in ("auto", "cpu") and device not in available:
            raise BackendError(
                f"onnxruntime has no provider {device}; installed: {', '.join(available)}"
            )
        preferred = [p for p in ("CUDAExecutionProvider",) if p in available]
        chosen = {"auto": preferred, "cpu": []}.get(device, [device])
        providers = list(dict.fromkeys(chosen + ["CPUExecutionProvider"]))
        self.path = path
        self._threads = threads
        try:
            session = _session(path, threads, providers)
        except Exception as error:  # its exceptions share no base class of their own
            raise Unreadable(f"onnxruntime cannot load {path}: {reason_in(error)}") from None
        self._sessions = _free([session])
        self.device = session.get_providers()[0]
        inputs, outputs = map(_ports, (session.get_inputs(), session.get_outputs()))
        self._input = inputs[0].name if inputs else ""
        self._outputs = [port.name for port in outputs]
        metadata = session.get_modelmeta().custom_metadata_map
        network = look(inputs, outputs, metadata, skeleton, str(path), self._run, info)
        self._port, self.layout, self.skeleton, self.info, self.notices = network
        if self.info is None and self._port.size is not None:
            self.info = ModelInfo(self.skeleton, InputSpec(fixed_size=self._port.size))
        self._outputs = [outputs[i].name for i in self.layout.outputs]

    def two_streams(self) -> Optional[OnnxRuntimeBackend]:
        """The same network for two threads at once, each frame on half of the cores; CPU only."""
        cores = self._threads or len(os.sched_getaffinity(0))
        if self.device != "CPUExecutionProvider" or cores < 2:
            return None
        parallel = copy.copy(self)
        sessions = [_session(self.path, cores // 2, [self.device]) for _ in range(2)]
        parallel._sessions = _free(sessions)
        return parallel

    def __call__(self, tensor: np.ndarray) -> Tuple[np.ndarray, ...]:
        """(N, 3, H, W) float32 -> the outputs of the layout, float32. A second thread waits.

        Raises BackendError.
        """
        return self.layout.arrange(self._run(self._port, tensor))

    def _run(self, port: Any, tensor: np.ndarray) -> List[np.ndarray]:
        session = self._sessions.get()
        try:
            return port.run(lambda array: session.run(self._outputs, {self._input: array}), tensor)
        except Exception as error:  # as above
            height, width = tensor.shape[2:]
            raise BackendError(
                f"onnxruntime cannot run {self.path} on {width}x{height} px: {reason_in(error)}"
            ) from None
        finally:
            self._sessions.put(session)


def _ports(arguments: Iterable[Any]) -> List[Port]:
    return [Port(a.name, tuple(a.shape), _type(a.type)) for a in arguments]


def _type(name: str) -> Any:
    """NumPy's type of "tensor(float)"; object where it has none."""
    inner = name[name.find("(") + 1 : -1]
    return getattr(np, _TYPES.get(inner, inner), object)


def _session(path: Union[str, Path], threads: int, providers: Sequence[str]) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=providers)


def _free(sessions: List[Any]) -> queue.SimpleQueue:
    """Sessions that nobody uses."""
    free: queue.SimpleQueue = queue.SimpleQueue()
    for session in sessions:
        free.put(session)
    return free

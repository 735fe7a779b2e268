"""ONNX Runtime with any of its execution providers."""
from __future__ import annotations

import copy
import os
import queue
from typing import Optional

import onnxruntime

from lightweight_openpose.zoo.model_info import KEY, ModelInfo

from .contract import BackendError, BadModel
from .layout import described, layout_of, skeleton_of


class OnnxRuntimeBackend:
    """Runs an ONNX file of any input size. Raises BackendError or BadModel."""

    name = "onnxruntime"

    def __init__(self, path, skeleton=None, device: str = "auto", threads: int = 0):
        """device: auto (CUDA where there is one), cpu, or an execution provider; threads: 0 all."""
        available = onnxruntime.get_available_providers()
        if device not in ("auto", "cpu") and device not in available:
            raise BackendError(
                f"onnxruntime has no provider {device}; installed: {', '.join(available)}"
            )
        preferred = [p for p in ("CUDAExecutionProvider",) if p in available]
        chosen = {"auto": preferred, "cpu": []}.get(device, [device])
        providers = list(dict.fromkeys(chosen + ["CPUExecutionProvider"]))
        self._path = path
        self._threads = threads
        try:
            session = _session(path, threads, providers)
        except Exception as error:  # its exceptions share no base class of their own
            reason = str(error).splitlines()[0][:200]
            raise BadModel(f"onnxruntime cannot load {path}: {reason}") from None
        self._sessions = _free([session])
        info = ModelInfo.from_json(session.get_modelmeta().custom_metadata_map.get(KEY), path)
        self.skeleton = skeleton_of(skeleton, info)
        self.device = session.get_providers()[0]
        image = session.get_inputs()[0]
        self._input = image.name
        outputs = session.get_outputs()
        self.layout = layout_of([tuple(o.shape) for o in outputs], self.skeleton, str(path))
        self.info = described(self.layout, info, self.skeleton, image.shape)
        self._outputs = [outputs[i].name for i in self.layout.outputs]

    def side_by_side(self) -> Optional[OnnxRuntimeBackend]:
        """The same network for two threads at once, each frame on half of the cores; CPU only."""
        cores = self._threads or len(os.sched_getaffinity(0))
        if self.device != "CPUExecutionProvider" or cores < 2:
            return None
        beside = copy.copy(self)
        sessions = [_session(self._path, cores // 2, [self.device]) for _ in range(2)]
        beside._sessions = _free(sessions)
        return beside

    def __call__(self, tensor):
        """(N, 3, H, W) float32 -> the outputs of the layout, float32. A second thread waits."""
        session = self._sessions.get()
        try:
            outputs = session.run(self._outputs, {self._input: tensor})
        finally:
            self._sessions.put(session)
        return self.layout.arrange(outputs)


def _session(path, threads, providers):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=providers)


def _free(sessions):
    """Sessions that nobody uses."""
    free: queue.SimpleQueue = queue.SimpleQueue()
    for session in sessions:
        free.put(session)
    return free

"""OpenVINO: IR, ONNX and frozen TensorFlow files, compiled for each input size once."""
from __future__ import annotations

import copy
import os
import queue
import threading
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Optional

import openvino
from openvino.preprocess import PrePostProcessor

from lightweight_openpose.zoo.model_info import KEY, ModelInfo

from .contract import BadModel
from .layout import described, layout_of, skeleton_of
from .openpose_files import FROZEN_GRAPH_SPEC, skeleton_with

_KEPT_SIZES = 4
_KEPT_FILES = 64  # compiled models in the cache: one per model, device and input size


class OpenVinoBackend:
    """Runs an IR file, an ONNX file or a frozen graph (.pb) of any input size. Raises BadModel."""

    name = "openvino"

    def __init__(self, path, skeleton=None, device: str = "auto", threads: int = 0, cache=None):
        """device: auto (CPU), CPU, GPU, ...; threads: 0 all cores.

        cache: folder for compiled models, of which those used last are kept; None for none.
        """
        self._core = openvino.Core()
        self.device = "CPU" if device.lower() in ("auto", "cpu") else device
        self._config = {"PERFORMANCE_HINT": "LATENCY"}
        if self.device == "CPU":
            self._config["INFERENCE_PRECISION_HINT"] = "f32"
            if threads > 0:
                self._config["INFERENCE_NUM_THREADS"] = str(threads)
            if "TBB_PARTITIONER" in self._core.get_property("CPU", "SUPPORTED_PROPERTIES"):
                # A core that has other work too holds the other ones up less.
                self._config["TBB_PARTITIONER"] = "AUTO"
        self._cache = cache
        if cache is not None:
            self._core.set_property({"CACHE_DIR": str(cache)})
        graph = Path(path).suffix == ".pb"
        try:
            self._model = self._core.read_model(str(path))
            if graph:
                self._model = _channels_first(self._model)
        except Exception as error:
            reason = " ".join(str(error).split())[:200]
            raise BadModel(f"openvino cannot load {path}, it may be damaged: {reason}") from None
        shapes = [_shape(output) for output in self._model.outputs]
        if graph:
            info = ModelInfo(skeleton or skeleton_with(shapes, path), FROZEN_GRAPH_SPEC)
        else:
            info = ModelInfo.from_json(_description(self._model), path)
        self.skeleton = skeleton_of(skeleton, info)
        self.layout = layout_of(shapes, self.skeleton, str(path))
        self.info = described(self.layout, info, self.skeleton, _shape(self._model.input(0)))
        self._lock = threading.Lock()  # of the model, which is given a shape and then compiled
        self._streams = 1
        self._requests = OrderedDict()

    def side_by_side(self) -> Optional[OpenVinoBackend]:
        """The same network for two threads at once, each frame on half of the cores; CPU only."""
        cores = int(self._config.get("INFERENCE_NUM_THREADS", 0)) or len(os.sched_getaffinity(0))
        if self.device != "CPU" or cores < 2:
            return None
        beside = copy.copy(self)
        beside._streams = 2
        beside._config = dict(self._config, NUM_STREAMS="2")
        beside._requests = OrderedDict()
        return beside

    def __call__(self, tensor):
        """(N, 3, H, W) float32 -> the outputs of the layout, float32. A second thread waits."""
        requests = self._requests_for(tensor.shape)
        request = requests.get()
        try:
            request.infer([tensor], share_inputs=True)
            outputs = [request.get_output_tensor(i).data.copy() for i in self.layout.outputs]
        finally:
            requests.put(request)
        return self.layout.arrange(outputs)

    def _requests_for(self, shape):
        """Free requests of the model compiled for an input shape; those of the last few are kept.
        """
        with self._lock:
            if shape in self._requests:
                self._requests.move_to_end(shape)
                return self._requests[shape]
            self._model.reshape(list(shape))
            compiled = self._core.compile_model(self._model, self.device, self._config)
            self._requests[shape] = requests = queue.SimpleQueue()
            for _ in range(self._streams):
                requests.put(compiled.create_infer_request())
            if len(self._requests) > _KEPT_SIZES:
                self._requests.popitem(last=False)
            if self._cache is not None:
                _forget_oldest(Path(self._cache), _KEPT_FILES)
            return requests


def _forget_oldest(folder: Path, kept: int) -> None:
    """Delete the compiled models of a cache that were not used for longest, down to `kept`.

    Another process may do the same at the same time.
    """
    used = []
    for path in folder.glob("*.blob"):
        with suppress(OSError):
            times = path.stat()
            used.append((max(times.st_atime, times.st_mtime), path))
    for _, path in sorted(used, reverse=True)[kept:]:
        with suppress(OSError):
            path.unlink()


def _channels_first(model):
    """A model of (N, H, W, C) input and outputs as one of (N, C, H, W)."""
    steps = PrePostProcessor(model)
    for end in (steps.input(), *(steps.output(i) for i in range(len(model.outputs)))):
        end.model().set_layout(openvino.Layout("NHWC"))
        end.tensor().set_layout(openvino.Layout("NCHW"))
    return steps.build()


def _shape(tensor) -> tuple:
    """Shape of an input or output; None for a size that varies."""
    return tuple(d.get_length() if d.is_static else None for d in tensor.partial_shape)


def _description(model):
    """Text that our exports put into an IR or ONNX file; OpenVINO keeps the latter's elsewhere."""
    for path in ([KEY], ["framework", KEY]):
        if model.has_rt_info(path):
            return model.get_rt_info(path).astype(str)
    return None

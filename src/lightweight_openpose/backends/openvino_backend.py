"""OpenVINO: IR, ONNX, TFLite and frozen TensorFlow files.

On a CPU a network that leaves the size of its input open is compiled once, for all sizes, elsewhere
once for each.
"""

from __future__ import annotations

import copy
import os
import queue
import threading
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional, Tuple, Union

import numpy as np
import openvino
from openvino.preprocess import PrePostProcessor

from lightweight_openpose.files import locked
from lightweight_openpose.poses import Skeleton
from lightweight_openpose.zoo.model_info import KEY, ModelInfo

from .contract import BackendError, Unreadable, reason_in
from .first_look import look
from .foreign import METADATA
from .image_port import ImagePort, Port
from .openpose_files import FROZEN_GRAPH_SPEC, skeleton_with
from .precision import AS_MADE, Precision

_CAPABILITIES = {"f32": "FP32", "bf16": "BF16", "f16": "FP16"}
# Compiled models of networks that are compiled for each size: of a whole image, its parts in ten
# sizes, and one more.
_KEPT_SIZES = 12
# Layers of which OpenVINO remembers what it made for a size: those of some 14 sizes of a network.
# By itself it remembers 5000, 700 MB of them. A setting of the CPU that its list leaves out.
_REMEMBERED = {"CPU_RUNTIME_CACHE_CAPACITY": "1000"}
_PATIENCE = 30.0  # s for another process that compiles
_KEPT_FILES = 64  # compiled models in the cache: one per model, device, precision and input size


class OpenVinoBackend:
    """Runs an IR, ONNX or TFLite file or a frozen graph (.pb) of any input size.

    Raises BackendError or BadModel.
    """

    name = "openvino"

    def __init__(
        self,
        path: Union[str, Path],
        skeleton: Optional[Skeleton] = None,
        device: str = "auto",
        threads: int = 0,
        cache: Union[str, Path, None] = None,
        info: Optional[ModelInfo] = None,
        precision: Precision = Precision(),
    ):
        """device: auto (CPU), CPU, GPU, ...; threads: 0 all cores.

        cache: folder for compiled models, of which those used last are kept; None for none.
        info: what is known of the file elsewhere.
        """
        self.path = path
        self._core = openvino.Core()
        self.device = "CPU" if device.lower() in ("auto", "cpu") else device
        self._config = {"PERFORMANCE_HINT": "LATENCY"}
        if self.device == "CPU":
            self._config.update(_REMEMBERED)
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
            raise Unreadable(
                f"openvino cannot load {path}, it may be damaged: {reason_in(error)}"
            ) from None
        self.precision = self._choose(precision)
        inputs, outputs = _ports(self._model.inputs), _ports(self._model.outputs)
        if graph:
            given = skeleton or skeleton_with([port.shape for port in outputs], path)
            info = ModelInfo(given, FROZEN_GRAPH_SPEC)
        self._lock = threading.Lock()  # of the model, which is given a shape and then compiled
        # Axes of the input that a compiled model leaves open, as the file does. Each new size costs
        # the first image of it some tens of ms then; compiled for one size a network takes four
        # times the memory, and is no faster.
        self._open = tuple(self.device == "CPU" and n is None for n in inputs[0].shape)
        self._streams = 1
        self._requests: OrderedDict[tuple, queue.SimpleQueue] = OrderedDict()
        metadata = _metadata(self._model)
        network = look(inputs, outputs, metadata, skeleton, str(path), self._run, info)
        self._port, self.layout, self.skeleton, self.info, self.notices = network
        if not self.layout.detects:  # maps are of any size
            self._port = ImagePort(None, None, self._port.channels_last, self._port.kind)
        if self.layout.detects and any(self._open):
            self._open = (False,) * len(self._open)
            self._requests.clear()

    def _choose(self, precision: Precision) -> str:
        """Set the precision in which the model is compiled. Raises NoPrecision."""
        own = "f32" if self.device == "CPU" else AS_MADE
        able, what, remedy = _precisions(self._core, self.device), f"openvino on {self.device}", ""
        quantised = any(node.get_type_name() == "FakeQuantize" for node in self._model.get_ops())
        if quantised:  # its few other layers stay as they were when its accuracy was measured
            able, what = ["f32"], f"{self.path} is an INT8 network, whose other layers openvino"
            remedy = "networks that are not INT8, such as .pth checkpoints, have others"
        chosen = precision.chosen(able, own, what, remedy)
        if chosen != AS_MADE:
            self._config["INFERENCE_PRECISION_HINT"] = chosen
            # The key of a compiled model leaves the precision out (2026.4), but holds this text.
            self._model.set_rt_info(chosen, "computed_in")
        return "int8" if quantised else chosen

    def two_streams(self) -> Optional[OpenVinoBackend]:
        """The same network for two threads at once, each frame on half of the cores; CPU only."""
        cores = int(self._config.get("INFERENCE_NUM_THREADS", 0)) or len(os.sched_getaffinity(0))
        if self.device != "CPU" or cores < 2:
            return None
        parallel = copy.copy(self)
        parallel._streams = 2
        parallel._config = dict(self._config, NUM_STREAMS="2")
        parallel._requests = OrderedDict()
        return parallel

    def __call__(self, tensor: np.ndarray) -> Tuple[np.ndarray, ...]:
        """(N, 3, H, W) float32 -> the outputs of the layout, float32. A second thread waits.

        Raises BackendError.
        """
        outputs = self._run(self._port, tensor)
        return self.layout.arrange([outputs[i] for i in self.layout.outputs])

    def _run(self, port: ImagePort, tensor: np.ndarray) -> List[np.ndarray]:
        try:
            return port.run(self._infer, tensor)
        except Exception as error:  # of the compiler, or of a run
            height, width = tensor.shape[2:]
            raise BackendError(
                f"openvino cannot run {self.path} on {width}x{height} px: {reason_in(error)}"
            ) from None

    def _infer(self, array: np.ndarray) -> List[np.ndarray]:
        requests = self._requests_for(array.shape)
        request = requests.get()
        try:
            request.infer([array], share_inputs=True)
            return [tensor.data.copy() for tensor in request.output_tensors]
        finally:
            requests.put(request)

    def _requests_for(self, shape: Tuple[int, ...]) -> queue.SimpleQueue:
        """Free requests of the model compiled for an input shape, or for all of them."""
        wanted = tuple(-1 if free else n for n, free in zip(shape, self._open))
        with self._lock:
            if wanted in self._requests:
                self._requests.move_to_end(wanted)
                return self._requests[wanted]
            if _shape(self._model.input(0)) != tuple(None if n < 0 else n for n in wanted):
                self._model.reshape(list(wanted))
            compiled = self._compile()
            requests: queue.SimpleQueue = queue.SimpleQueue()
            self._requests[wanted] = requests
            for _ in range(self._streams):
                requests.put(compiled.create_infer_request())
            if len(self._requests) > _KEPT_SIZES:
                self._requests.popitem(last=False)
            if self._cache is not None:
                _forget_oldest(Path(self._cache), _KEPT_FILES)
            return requests

    def _compile(self) -> Any:
        """OpenVINO lets two processes write the same file of a cache at once, and one read it while
        the other writes (2026.4: the reader ends with a bus error, of 40 that began together on an
        empty cache four did). So one at a time, and who waits for too long does without.
        """
        if self._cache is None:
            return self._compiled()
        with locked(Path(self._cache) / "lock", _PATIENCE) as alone:
            if not alone:
                self._cache = None
                self._core.set_property({"CACHE_DIR": ""})
            return self._compiled()

    def _compiled(self) -> Any:
        try:
            return self._core.compile_model(self._model, self.device, self._config)
        except RuntimeError as error:
            left_out = [name for name in _REMEMBERED if name in str(error)]
            if not left_out:
                raise
            self._config = {k: v for k, v in self._config.items() if k not in left_out}
            return self._compiled()


def _precisions(core: Any, device: str) -> List[str]:
    """That may be asked for on a device; none on one that is made of others."""
    try:
        able = core.get_property(device, "OPTIMIZATION_CAPABILITIES")
    except RuntimeError:
        return []
    return [name for name, capability in _CAPABILITIES.items() if capability in able]


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


def _channels_first(model: Any) -> Any:
    """A model of (N, H, W, C) input and outputs as one of (N, C, H, W)."""
    steps = PrePostProcessor(model)
    for end in (steps.input(), *(steps.output(i) for i in range(len(model.outputs)))):
        end.model().set_layout(openvino.Layout("NHWC"))
        end.tensor().set_layout(openvino.Layout("NCHW"))
    return steps.build()


def _shape(tensor: Any) -> tuple:
    """Shape of an input or output; None for a size that varies."""
    return tuple(d.get_length() if d.is_static else None for d in tensor.partial_shape)


def _ports(ends: Iterable[Any]) -> List[Port]:
    """The ports of a model's inputs or outputs."""
    return [
        Port(end.any_name if end.names else "", _shape(end), end.element_type.to_dtype().type)
        for end in ends
    ]


def _metadata(model: Any) -> Dict[str, str]:
    """Texts in an IR or ONNX file that describe its network; OpenVINO keeps the latter's apart."""
    found = {}
    for key in (KEY, *METADATA):
        for place in ([key], ["framework", key]):
            if model.has_rt_info(place):
                found[key] = model.get_rt_info(place).astype(str)
                break
    return found

"""OpenCV's DNN module on the CPU: OpenPose's own Caffe files, and frozen TensorFlow graphs."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Optional, Sequence, Tuple, Union

import cv2
import numpy as np

from lightweight_openpose.poses import Skeleton
from lightweight_openpose.zoo.model_info import InputSpec, ModelInfo

from .contract import BackendError, BadModel
from .layout import layout_of
from .openpose_files import FROZEN_GRAPH_SPEC, skeleton_with

_PROBED = 32  # [px] height and width of the image that shows what the outputs are


class OpenCvBackend:
    """Runs a .caffemodel, whose .prototxt lies next to it, or a frozen graph (.pb).

    Any input size will do. Raises BackendError or BadModel.
    """

    name = "opencv"
    precision = "f32"

    def __init__(
        self,
        path: Union[str, Path],
        skeleton: Optional[Skeleton] = None,
        device: str = "auto",
        threads: int = 0,
    ):
        """skeleton: None: that of OpenPose's network with as many channels; threads: 0 all cores.

        device: auto or cpu.
        """
        if device.lower() not in ("auto", "cpu"):
            raise BackendError(f"backend opencv runs on the CPU: use device cpu, not {device}")
        self.device = "cpu"
        self._lock = threading.Lock()
        path = Path(path)
        self._network = _read(path)
        if threads > 0:
            cv2.setNumThreads(threads)
        names = self._network.getUnconnectedOutLayersNames()
        outputs = self._run(np.zeros((1, 3, _PROBED, _PROBED), np.float32), names, path)
        shapes = [output.shape for output in outputs]
        self.skeleton = skeleton or skeleton_with(shapes, path)
        self.layout = layout_of(shapes, self.skeleton, str(path))
        self._outputs = [names[i] for i in self.layout.outputs]
        self.path = path
        spec = FROZEN_GRAPH_SPEC if path.suffix == ".pb" else InputSpec()
        self.info = ModelInfo(self.skeleton, spec)

    def __call__(self, tensor: np.ndarray) -> Tuple[np.ndarray, ...]:
        """(N, 3, H, W) float32 -> the outputs of the layout, float32."""
        return self.layout.arrange(self._run(tensor, self._outputs, self.path))

    def _run(self, tensor: np.ndarray, names: Sequence[str], path: Union[str, Path]) -> Any:
        try:
            with self._lock:
                self._network.setInput(tensor)
                return self._network.forward(list(names))
        except cv2.error as error:
            raise BadModel(f"opencv cannot run {path}: {_reason(error)}") from None


def _read(path: Path) -> Any:
    reader = "readNetFromTensorflow" if path.suffix == ".pb" else "readNetFromCaffe"
    if not hasattr(cv2.dnn, reader):
        raise BackendError(
            f"OpenCV {cv2.__version__} no longer reads {path.suffix} files: install "
            "opencv-python-headless<5"
        )
    files = (path,) if path.suffix == ".pb" else (prototxt_of(path), path)
    try:
        return getattr(cv2.dnn, reader)(*map(str, files))
    except cv2.error as error:
        raise BadModel(f"opencv cannot load {path}, it may be damaged: {_reason(error)}") from None


def prototxt_of(path: Path) -> Path:
    """The description of a .caffemodel: the .prototxt of its name, else the only one next to it.

    Raises BadModel.
    """
    own = path.with_suffix(".prototxt")
    candidates = [own] if own.is_file() else sorted(path.parent.glob("*.prototxt"))
    if len(candidates) == 1:
        return candidates[0]
    found = f"{len(candidates)} .prototxt files lie" if candidates else "no .prototxt file lies"
    raise BadModel(
        f"{found} next to {path}: put the one that came with it there under the name {own.name}"
    )


def _reason(error: cv2.error) -> str:
    """What OpenCV says, without its place in the source."""
    return " ".join(str(error).split())[:200]

"""OpenVINO: its IR files and ONNX files, compiled for each input size once."""
from __future__ import annotations

from collections import OrderedDict

import openvino

from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.zoo.model_info import KEY, ModelInfo

from .contract import BadModel, split_outputs

_KEPT_SIZES = 4


class OpenVinoBackend:
    """Runs an IR or ONNX file of any input size. Raises BadModel."""

    name = "openvino"

    def __init__(self, path, skeleton=None, device: str = "auto", threads: int = 0, cache=None):
        """device: auto (CPU), CPU, GPU, ...; threads: 0 all cores.

        cache: folder for compiled models, None for none.
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
        if cache is not None:
            self._core.set_property({"CACHE_DIR": str(cache)})
        try:
            self._model = self._core.read_model(str(path))
        except Exception as error:
            reason = " ".join(str(error).split())[:200]
            raise BadModel(f"openvino cannot load {path}, it may be damaged: {reason}") from None
        self.info = ModelInfo.from_json(_description(self._model), path)
        self.skeleton = skeleton or (self.info.skeleton if self.info else COCO18)
        shapes = [
            tuple(d.get_length() if d.is_static else None for d in output.partial_shape)
            for output in self._model.outputs
        ]
        self._outputs = split_outputs(
            shapes, self.skeleton.num_heatmaps, self.skeleton.num_pafs, str(path)
        )
        self._requests = OrderedDict()

    def __call__(self, tensor):
        """(N, 3, H, W) float32 -> heatmaps (N, K+1, h, w) and PAFs (N, 2L, h, w), float32."""
        request = self._request(tensor.shape)
        request.infer([tensor], share_inputs=True)
        return tuple(request.get_output_tensor(i).data.copy() for i in self._outputs)

    def _request(self, shape):
        """Inference request of the model compiled for an input shape; the last few are kept."""
        if shape in self._requests:
            self._requests.move_to_end(shape)
            return self._requests[shape]
        self._model.reshape(list(shape))
        compiled = self._core.compile_model(self._model, self.device, self._config)
        self._requests[shape] = compiled.create_infer_request()
        if len(self._requests) > _KEPT_SIZES:
            self._requests.popitem(last=False)
        return self._requests[shape]


def _description(model):
    """Text that our exports put into an IR or ONNX file; OpenVINO keeps the latter's elsewhere."""
    for path in ([KEY], ["framework", KEY]):
        if model.has_rt_info(path):
            return model.get_rt_info(path).astype(str)
    return None

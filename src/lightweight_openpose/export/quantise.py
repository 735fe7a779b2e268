"""INT8 ONNX by onnxruntime's static quantisation (QDQ nodes, which TensorRT reads too)."""
from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ..model_info import KEY, ModelInfo


def quantise_onnx(source, path, info: ModelInfo, inputs) -> Path:
    """INT8 copy of an ONNX file; inputs: calibration inputs (1, 3, h, w)."""
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):
        def __init__(self):
            self._inputs = iter(inputs)

        def get_next(self):
            tensor = next(self._inputs, None)
            return None if tensor is None else {"image": tensor}

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=str(path.parent)) as folder:
        prepared, quantised = (os.path.join(folder, name) for name in ("prepared.onnx", "quantised.onnx"))
        quant_pre_process(str(source), prepared, skip_symbolic_shape=True)
        quantize_static(prepared, quantised, Reader(), quant_format=QuantFormat.QDQ, per_channel=True,
                        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
        model = onnx.load(quantised)
        del model.metadata_props[:]
        entry = model.metadata_props.add()
        entry.key, entry.value = KEY, info.to_json()
        onnx.save(model, quantised)
        os.replace(quantised, str(path))
    return path

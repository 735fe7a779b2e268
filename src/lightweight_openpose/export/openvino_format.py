"""OpenVINO IR: FP32, FP16 weights, or INT8 by NNCF's post-training quantisation."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Iterable, Union

import numpy as np

from lightweight_openpose.files import replacing
from lightweight_openpose.zoo.model_info import KEY, ModelInfo

if TYPE_CHECKING:
    import openvino


def export_openvino(
    onnx_path: Union[str, Path],
    path: Union[str, Path],
    info: ModelInfo,
    precision: str = "fp32",
    inputs: Iterable[np.ndarray] = (),
) -> Path:
    """IR (.xml and .bin) of an ONNX file.

    precision: of the weights, fp32, fp16 or int8; inputs: quantisation inputs (1, 3, h, w) for int8.
    """
    import openvino

    path = Path(path)
    model = openvino.Core().read_model(str(onnx_path))
    if precision == "int8":
        import onnx

        from .quantise import exact_nodes, gives_points, quantise

        _fold_constants(model)
        source = onnx.load(str(onnx_path))
        exact = exact_nodes(source)
        # OpenVINO names the sum with a bias like the node, and the convolution itself with a
        # suffix.
        points = gives_points(source)  # which the slower correction does not improve
        model = quantise(
            model,
            inputs,
            exact + [f"{name}/WithoutBiases" for name in exact],
            thorough=not points,
            whole_range=points,
        )
    model.set_rt_info(info.to_json(), KEY)
    # The weights are in place before the .xml is.
    with replacing(path) as partial, replacing(path.with_suffix(".bin")) as weights:
        beside = partial.with_suffix(".bin")  # where OpenVINO puts them
        try:
            openvino.save_model(model, str(partial), compress_to_fp16=precision == "fp16")
            os.replace(str(beside), str(weights))
        finally:
            if beside.exists():
                beside.unlink()
    return path


def _fold_constants(model: openvino.Model) -> None:
    """Make weights plain constants, in place.

    Depthwise ones come reshaped, quantisers pass over what is not a plain constant, and those
    layers would run in FP32.
    """
    try:
        from openvino.passes import ConstantFolding, Manager
    except ImportError:  # OpenVINO before 2025
        from openvino.runtime.passes import ConstantFolding, Manager
    passes = Manager()
    passes.register_pass(ConstantFolding())
    passes.run_passes(model)

"""INT8 ONNX (QDQ nodes) by NNCF's post-training quantisation.

NNCF corrects the bias that quantised depthwise convolutions leave; without that AP falls by 17
points.
"""

from __future__ import annotations

import logging
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Dict, Iterable, List, TypeVar, Union

import numpy as np

from lightweight_openpose.files import install_command, replacing
from lightweight_openpose.networks.onnx_format import describe_model
from lightweight_openpose.zoo.model_info import ModelInfo

from .bias_correction import correct_biases

if TYPE_CHECKING:
    import onnx
    import openvino

Model = TypeVar("Model", "openvino.Model", "onnx.ModelProto")

CORRECTING = 12  # inputs by which the biases of ONNX files are put right


def quantise(
    model: Model,
    inputs: Iterable[Union[np.ndarray, Dict[str, np.ndarray]]],
    exact: List[str],
    thorough: bool,
    symmetric: bool = False,
    whole_range: bool = False,
) -> Model:
    """INT8 copy of a model of OpenVINO or onnx.

    inputs: quantisation inputs as the runtime takes them; exact: names of nodes to leave as they
    are; thorough: the slower and better bias correction, which NNCF 3.4 has for models of OpenVINO
    (on ours of onnx it fails: `correct_biases` does it there). symmetric: no zero points.
    whole_range: no value of the quantisation inputs is cut off, where the mean of their extremes is
    the range else.
    """
    nncf = need_nncf()
    presets = nncf.QuantizationPreset
    scope = nncf.IgnoredScope(names=exact, validate=False)
    advanced = nncf.AdvancedQuantizationParameters()
    if whole_range:
        from nncf.quantization.range_estimator import RangeEstimatorParametersSet

        advanced.activations_range_estimator_params = RangeEstimatorParametersSet.MINMAX
    return nncf.quantize(
        model,
        nncf.Dataset(list(inputs)),
        advanced_parameters=advanced,
        preset=presets.PERFORMANCE if symmetric else presets.MIXED,
        ignored_scope=scope,
        fast_bias_correction=not thorough,
    )


def need_nncf() -> ModuleType:
    """The package nncf, without its chatter. Raises ImportError with the remedy."""
    try:
        import nncf
    except ImportError:
        raise ImportError(
            "INT8 needs the Python package nncf: " + install_command("nncf")
        ) from None
    nncf.set_log_level(logging.ERROR)
    return nncf


def gives_points(model: onnx.ModelProto) -> bool:
    """Whether an onnx model gives points of crops, not maps.

    They need the whole range of values: without it 4 to 6 in a hundred joints of hands lay farther
    off than a tenth of the hand.
    """
    return any(len(output.type.tensor_type.shape.dim) == 3 for output in model.graph.output)


def exact_nodes(model: onnx.ModelProto) -> List[str]:
    """Names of the nodes of an onnx model that quantisation would harm more than it saves.

    They are the sums that make maps, and the convolutions before them. Maps of a network that adds
    a correction to earlier maps are small in relation to the range that quantisers give such a sum:
    quantised, it costs a tenth of the maps' energy, and a sixth of AP. The same convolutions give
    the points of crops, where eight bits are too coarse: of the joints of hands a hundredth more
    lay off by a tenth of the hand. The first convolution is not among them: pixels of 8 bits are
    exact in INT8.
    """
    made_by = {name: node for node in model.graph.node for name in node.output}
    ahead = [output.name for output in model.graph.output]
    sums = []
    convolutions = []
    while ahead:
        node = made_by.get(ahead.pop())
        if node is None:
            continue
        if node.op_type == "Conv":
            convolutions.append(node.name)
            continue
        if node.op_type == "Add" and all(name in made_by for name in node.input):
            sums.append(node.name)
        ahead.extend(node.input)
    return sorted({*sums, *convolutions}) if sums or gives_points(model) else []


def quantise_onnx(
    source: Union[str, Path],
    path: Union[str, Path],
    info: ModelInfo,
    inputs: Iterable[np.ndarray],
    signed: bool = False,
) -> Path:
    """INT8 copy of an ONNX file; inputs: quantisation inputs (1, 3, h, w); signed: for TensorRT."""
    import onnx

    path = Path(path)
    original = onnx.load(str(source))
    inputs = list(inputs)
    tensors = ({"image": tensor} for tensor in inputs)
    model = quantise(
        original, tensors, exact_nodes(original), False, signed, gives_points(original)
    )
    if signed:
        _make_signed(model)
    correct_biases(model, original, inputs[:: -(-len(inputs) // CORRECTING)])
    del model.metadata_props[:]
    describe_model(model, info)
    with replacing(path) as partial:
        onnx.save(model, str(partial))
    return path


def _make_signed(model: onnx.ModelProto) -> None:
    """Let unsigned values of a symmetric onnx model be signed ones of the same range."""
    from onnx import TensorProto, numpy_helper

    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    changed = {}
    for node in model.graph.node:
        if node.op_type not in ("QuantizeLinear", "DequantizeLinear"):
            continue
        scale, point = (numpy_helper.to_array(tensors[name]) for name in node.input[1:3])
        if point.dtype == np.uint8:
            changed[node.input[1]] = (scale * 255 / 127).astype(scale.dtype)
            changed[node.input[2]] = point.astype(np.int8)
    for name, value in changed.items():
        tensors[name].CopyFrom(numpy_helper.from_array(value, name))
    for info in model.graph.value_info:
        kind = info.type.tensor_type
        if kind.elem_type == TensorProto.UINT8:
            kind.elem_type = TensorProto.INT8

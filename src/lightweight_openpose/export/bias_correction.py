"""Biases of a quantised ONNX model, put right layer by layer.

Rounded weights and values shift the means of channels, and every layer adds to the shift. From the
first convolution to the last each bias is moved by what its channels' means differ from the exact
ones, behind layers that are put right already (Nagel et al., arXiv 1906.04721, section 4.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, List, Sequence, Union

import numpy as np

from lightweight_openpose.backends import BackendError, reason_in

if TYPE_CHECKING:
    import onnx


def correct_biases(
    quantised: onnx.ModelProto, original: onnx.ModelProto, inputs: Sequence[np.ndarray]
) -> None:
    """Move the biases of a quantised onnx model, in place.

    original: the model that it was made of, whose names it has; inputs: (1, 3, h, w) each.
    """
    from onnx import numpy_helper

    convolutions = [node for node in quantised.graph.node if node.op_type == "Conv"]
    wanted = _means(original, [node.output[0] for node in convolutions], inputs)
    values = {tensor.name: tensor for tensor in quantised.graph.initializer}
    for node in convolutions:
        name = node.output[0]
        shift = wanted[name] - _means(quantised, [name], inputs)[name]
        if len(node.input) > 2:
            bias = values[node.input[2]]
            moved = numpy_helper.to_array(bias) + shift
            bias.CopyFrom(numpy_helper.from_array(moved.astype(np.float32), bias.name))
        else:
            bias = numpy_helper.from_array(shift.astype(np.float32), f"{name}_bias")
            quantised.graph.initializer.append(bias)
            node.input.append(bias.name)


def _means(
    model: onnx.ModelProto, names: List[str], inputs: Sequence[np.ndarray]
) -> Dict[str, np.ndarray]:
    """(C,) mean of each channel of these values over all inputs."""
    import onnx
    import onnxruntime

    shown = onnx.ModelProto()
    shown.CopyFrom(model)
    del shown.graph.output[:]
    for name in names:
        shown.graph.output.append(
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
        )
    sums: Union[int, np.ndarray] = 0
    try:
        session = onnxruntime.InferenceSession(
            shown.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        for tensor in inputs:
            found = session.run(names, {session.get_inputs()[0].name: tensor})
            sums = sums + np.concatenate([value.mean((0, 2, 3)) for value in found])
    except Exception as error:  # its exceptions share no base class of their own
        raise BackendError(
            f"onnxruntime cannot run the quantised network: {reason_in(error)}"
        ) from None
    channels = [value.shape[1] for value in found]
    return dict(zip(names, np.split(sums / len(inputs), np.cumsum(channels)[:-1])))

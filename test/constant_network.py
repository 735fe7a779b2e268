"""ONNX files of networks that see the same in every image, so that the answers are known."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from lightweight_openpose.zoo.model_info import KEY, InputSpec, ModelInfo


def write_constant_network(path, maps, skeleton=None, size=None):
    """File of a network whose outputs are the maps, each (C, h, w), for each image of a batch.

    So may be arrays of other shapes.

    skeleton: that the file names; None: it says nothing of itself. size: (height, width) [px] of
    the only input that it takes; None: any.
    """
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
    ]
    constants = [numpy_helper.from_array(np.zeros(1, np.float32), "zero")]
    outputs = []
    for i, each in enumerate(maps):
        constants.append(numpy_helper.from_array(each[None].astype(np.float32), f"maps{i}"))
        shape = np.array([-1] + [1] * each.ndim, np.int64)
        constants.append(numpy_helper.from_array(shape, f"shape{i}"))
        nodes.append(helper.make_node("Reshape", ["nothing", f"shape{i}"], [f"nothing{i}"]))
        nodes.append(helper.make_node("Add", [f"nothing{i}", f"maps{i}"], [f"out{i}"]))
        outputs.append(_value(f"out{i}", ["n", *each.shape]))
    image = _value("image", ["n", 3, *(size or ("h", "w"))])
    graph = helper.make_graph(nodes, "constant", [image], outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    if skeleton is not None:
        spec = InputSpec(fixed_size=size)
        helper.set_model_props(model, {KEY: ModelInfo(skeleton, spec).to_json()})
    onnx.save(model, str(path))
    return path


def _value(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

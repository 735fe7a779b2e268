"""Biases of quantised models."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from onnx import helper, numpy_helper

from lightweight_openpose.export.bias_correction import correct_biases


def model(first, bias, second):
    """image -> Conv (3 to 4, with bias) -> Relu -> Conv (4 to 5, without one) -> maps."""
    tensors = {"first": first, "bias": bias, "second": second}
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["image", "first", "bias"], ["a"], pads=[1, 1, 1, 1]),
            helper.make_node("Relu", ["a"], ["b"]),
            helper.make_node("Conv", ["b", "second"], ["maps"]),
        ],
        "two",
        [helper.make_tensor_value_info("image", 1, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("maps", 1, [1, 5, "h", "w"])],
        [numpy_helper.from_array(v.astype(np.float32), k) for k, v in tensors.items()],
    )
    opset = [helper.make_opsetid("", 13)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8)


def means(of, inputs):
    import onnxruntime

    session = onnxruntime.InferenceSession(
        of.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return np.mean([session.run(None, {"image": x})[0].mean((0, 2, 3)) for x in inputs], 0)


def tensor(of, name):
    (found,) = (numpy_helper.to_array(t) for t in of.graph.initializer if t.name == name)
    return found


def test_means_of_all_channels_are_those_of_the_exact_model():
    rng = np.random.default_rng(0)
    first, bias, second = (
        rng.normal(size=(4, 3, 3, 3)),
        rng.normal(size=4),
        rng.normal(size=(5, 4, 1, 1)),
    )
    # Inputs of several sizes, each of which counts as one.
    inputs = [rng.normal(size=(1, 3, 8, w)).astype(np.float32) for w in (6, 9, 12)]
    exact = model(first, bias, second)
    moved = model(first, bias + [3, -2, 0, 0.5], second)
    correct_biases(moved, exact, inputs)
    assert np.allclose(tensor(moved, "bias"), bias, atol=1e-5)
    rough = model(np.round(first * 4) / 4, bias, np.round(second * 4) / 4)
    before = np.abs(means(rough, inputs) - means(exact, inputs)).max()
    correct_biases(rough, exact, inputs)
    assert before > 0.05
    assert np.allclose(means(rough, inputs), means(exact, inputs), atol=1e-5)
    onnx.checker.check_model(rough)
    assert list(rough.graph.output) == list(exact.graph.output)

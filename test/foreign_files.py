"""Model files of Caffe and TensorFlow for tests, written without either."""

import operator
import struct

import torch
import torch.fx
import torch.nn.functional as F
from torch import nn


def field(number, value):
    """One field of a protobuf message: bytes, text, a float, or an integer."""
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return _varint(number << 3 | 2) + _varint(len(value)) + value
    if isinstance(value, float):
        return _varint(number << 3 | 5) + struct.pack("<f", value)
    return _varint(number << 3) + _varint(value)


def _varint(value):
    encoded = b""
    while value > 127:
        encoded += bytes([value & 127 | 128])
        value >>= 7
    return encoded + bytes([value])


def _blob(tensor):
    """Caffe's BlobProto."""
    shape = b"".join(field(1, n) for n in tensor.shape)
    return field(5, tensor.detach().float().numpy().tobytes()) + field(7, shape)


def write_caffe(network, prototxt, caffemodel):
    """Files of a network of convolutions, ReLU, PReLU, 2x2 maximum poolings and concatenations.

    Layers have the last part of their module's name, and the output is `net_output`: the maps of
    the last stage one after the other, as in OpenPose.
    """
    traced = torch.fx.symbolic_trace(network)
    text = 'input: "image"\ninput_dim: 1\ninput_dim: 3\ninput_dim: 16\ninput_dim: 16\n'
    weights = b""
    tops = {}
    for node in traced.graph.nodes:
        if node.op == "placeholder":
            tops[node] = "image"
        elif node.op == "output":
            text += _layer("net_output", "Concat", [tops[n] for n in node.args[0][-1]])
        elif node.target is not operator.getitem:
            module = traced.get_submodule(node.target) if node.op == "call_module" else None
            name = node.target.split(".")[-1] if module is not None else node.name
            inputs = node.args[0] if node.target is torch.cat else node.args[:1]
            kind, options, blobs = _caffe(module, node.target)
            text += _layer(name, kind, [tops[n] for n in inputs], options)
            tops[node] = name
            layer = field(1, name) + field(2, kind)
            weights += field(100, layer + b"".join(field(7, _blob(b)) for b in blobs))
    prototxt.write_text(text)
    caffemodel.write_bytes(field(1, "test") + weights)


def _caffe(module, function):
    """Kind, options and blobs of a layer."""
    if isinstance(module, nn.Conv2d):
        size, pad = module.kernel_size[0], module.padding[0]
        options = f"num_output: {module.out_channels} pad: {pad} kernel_size: {size}"
        return "Convolution", f"convolution_param {{ {options} }}", [module.weight, module.bias]
    if isinstance(module, nn.PReLU):
        return "PReLU", "", [module.weight]
    if isinstance(module, nn.ReLU) or function is F.relu:
        return "ReLU", "", []
    if isinstance(module, nn.MaxPool2d) or function is F.max_pool2d:
        return "Pooling", "pooling_param { pool: MAX kernel_size: 2 stride: 2 }", []
    assert function is torch.cat, function
    return "Concat", "concat_param { axis: 1 }", []


def _layer(name, kind, bottoms, options=""):
    bottom = " ".join(f'bottom: "{b}"' for b in bottoms)
    return f'layer {{ name: "{name}" type: "{kind}" {bottom} top: "{name}" {options} }}\n'


_FLOAT = 1  # TensorFlow's DataType


def write_frozen_graph(weight, bias, path):
    """GraphDef of `image` (NHWC) -> image / 256 - 0.5 -> one convolution with as long steps as its
    kernel (O, 3, size, size), named as the output of tf-pose-estimation.
    """
    steps = field(1, b"".join(field(3, n) for n in (1, weight.shape[2], weight.shape[3], 1)))
    kernel = weight.detach().permute(2, 3, 1, 0).contiguous()
    shape = b"".join(field(2, field(1, n)) for n in (1, 16, 16, 3))
    path.write_bytes(
        b"".join(
            [
                _node("image", "Placeholder", [], dtype=field(6, _FLOAT), shape=field(7, shape)),
                _constant("share", torch.full((), 1 / 256)),
                _constant("half", torch.full((), -0.5)),
                _node("scaled", "Mul", ["image", "share"], T=field(6, _FLOAT)),
                _node("preprocess", "Add", ["scaled", "half"], T=field(6, _FLOAT)),
                _constant("kernel", kernel),
                _constant("bias", bias.detach()),
                _node(
                    "conv",
                    "Conv2D",
                    ["preprocess", "kernel"],
                    T=field(6, _FLOAT),
                    strides=steps,
                    padding=field(2, "VALID"),
                    data_format=field(2, "NHWC"),
                ),
                _node(
                    "Openpose/concat_stage7",
                    "BiasAdd",
                    ["conv", "bias"],
                    T=field(6, _FLOAT),
                    data_format=field(2, "NHWC"),
                ),
            ]
        )
    )


def _constant(name, tensor):
    shape = b"".join(field(2, field(1, n)) for n in tensor.shape)
    value = field(1, _FLOAT) + field(2, shape) + field(4, tensor.numpy().tobytes())
    return _node(name, "Const", [], dtype=field(6, _FLOAT), value=field(8, value))


def _node(name, kind, inputs, **attributes):
    """NodeDef; the values of attributes are AttrValues."""
    described = b"".join(
        field(5, field(1, key) + field(2, value)) for key, value in attributes.items()
    )
    return field(
        1, field(1, name) + field(2, kind) + b"".join(field(3, i) for i in inputs) + described
    )

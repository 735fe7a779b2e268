#!/usr/bin/env python3
"""A checkpoint of the architecture `closeup-hand` with the weights of MediaPipe's hand landmark
network, lite (hand_landmark_lite.tflite, Apache-2.0), from which `own-hand` began.

The first layer is that of an input of twice the size, fitted to ours on patches of photographs.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import openvino
import torch
from mesh_weights import first_layer, set_layer, value

from lightweight_openpose.networks.checkpoint import write_checkpoint
from lightweight_openpose.networks.closeup_hand import SIZE, CloseupHand
from lightweight_openpose.poses.skeleton_file import find_skeleton, skeleton_to_dict

LARGE = 224  # [px] of the file's input


def layers_of(model):
    """[[weights, bias]] of the convolutions and of the linear layers of joints and presence."""
    operations = model.get_ordered_ops()
    by_name = {op.get_friendly_name(): op for op in operations}
    found = []
    for op in operations:
        kind = op.get_type_name()
        if kind not in ("Convolution", "GroupConvolution", "Add"):
            continue
        values = value(op, 1, by_name)
        if values is not None and kind == "Add" and found and found[-1][1] is None:
            found[-1][1] = values.ravel()
        elif values is not None and kind != "Add":
            found.append([values, None])
    return found, [linear(output, by_name) for output in model.outputs[:2]]


def linear(output, by_name):
    """(weights (K, C), bias (K,)) of the linear layer behind which an output lies."""
    op = output.get_node().input_value(0).get_node()
    while op.get_type_name() != "Add":
        op = op.input_value(0).get_node()
    bias = value(by_name[op.get_friendly_name()], 1, by_name).ravel()
    product = by_name[op.input_value(0).get_node().get_friendly_name()]
    return value(product, 1, by_name).reshape(len(bias), -1), bias


def converted(model, photographs):
    """CloseupHand with the weights of the file."""
    layers, (place, presence) = layers_of(model)
    network = CloseupHand(21)
    first = first_layer(*layers[0], photographs)
    modules = [network.stem, network.depthwise, network.project]
    for block in network.blocks:
        modules += [block.expand, block.depthwise, block.project]
    modules += [network.expand, network.last]
    for module, layer in zip(modules, [first, *layers[1:]]):
        set_layer(module, None, (*layer, None))
    channels = [3 * p + axis for p in range(21) for axis in (0, 1)]
    # The file gives [px] of an input of 2 SIZE, we the distance from the middle over SIZE.
    offset = ((place[1][channels] + 0.5) / 2 - 0.5 - (SIZE - 1) / 2) / SIZE
    set_layer(network.place, None, (place[0][channels] / LARGE, offset, None))
    set_layer(network.presence, None, (*presence, None))
    network.spread.weight.data.zero_()
    network.spread.bias.data.fill_(np.log(0.02))
    return network


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", type=Path, help="hand_landmark_lite.tflite")
    parser.add_argument("photographs", type=Path, help="folder of JPEGs for the first layer")
    parser.add_argument("output", type=Path, help=".pth")
    arguments = parser.parse_args()
    photographs = sorted(arguments.photographs.glob("*.jpg"))[:100]
    torch.manual_seed(0)
    network = converted(openvino.Core().read_model(str(arguments.network)), photographs)
    write_checkpoint(
        arguments.output,
        {
            "state_dict": network.state_dict(),
            "skeleton": skeleton_to_dict(find_skeleton("hand_21")),
            "architecture": "closeup-hand",
        },
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

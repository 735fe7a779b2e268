#!/usr/bin/env python3
"""A checkpoint of the architecture `closeup` with the weights of MediaPipe's face mesh
(face_landmark.tflite of the Python package mediapipe, Apache-2.0), from which `own-face` began.

Kept are the layers and, of the 468 points, those of the skeleton face_32. The first layer is that
of an input of twice the size, fitted to ours on patches of photographs.
"""

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import openvino
import torch

from lightweight_openpose.networks.checkpoint import write_checkpoint
from lightweight_openpose.networks.closeup import SIZE, Closeup
from lightweight_openpose.poses.skeleton_file import find_skeleton, skeleton_to_dict
from lightweight_openpose.video.images import read_image
from lightweight_openpose.zoo.model_info import InputSpec

BLOCKS_OF_BRANCH = 3  # behind the map of 6x6 cells, where presence and points part


def layers_of(path):
    """[(weights, bias, PReLU's slopes or None)] of the convolutions, in the order of the file."""
    operations = openvino.Core().read_model(str(path)).get_ordered_ops()
    by_name = {op.get_friendly_name(): op for op in operations}
    found = []
    for op in operations:
        kind = op.get_type_name()
        if kind not in ("Convolution", "GroupConvolution", "Add", "PRelu"):
            continue
        values = value(op, 1, by_name)
        if values is None:  # a sum of two branches
            continue
        if kind == "Add":
            found[-1][1] = values.ravel()
        elif kind == "PRelu":
            found[-1][2] = values.ravel()
        else:
            found.append([values, None, None])
    return found


def value(op, port, by_name):
    """An input of an operation, float32, where it is constant; else None."""
    source = by_name[op.input_value(port).get_node().get_friendly_name()]
    kind = source.get_type_name()
    if kind == "Constant":
        return source.data.astype(np.float32)
    if kind not in ("Convert", "Transpose", "Reshape", "Unsqueeze"):
        return None
    values = value(source, 0, by_name)
    if values is None or kind == "Convert":
        return values
    if kind == "Transpose":
        return values.transpose(value(source, 1, by_name).astype(int))
    return values.reshape(tuple(source.get_output_shape(0)))


def set_layer(conv, act, layer):
    """Put a layer of the file into modules."""
    weights, bias, slopes = layer
    conv.weight.data = torch.from_numpy(weights.reshape(conv.weight.shape))
    conv.bias.data = torch.from_numpy(bias.reshape(conv.bias.shape))
    if act is not None:
        act.weight.data = torch.from_numpy(slopes)


def first_layer(weights, bias, photographs):
    """(weights, bias) of the stem that say of an image what the file's layer says of it enlarged.

    The file's takes RGB in [0, 1], ours BGR as InputSpec says.
    """
    spec = InputSpec()
    rows, wanted = [], []
    rng = np.random.default_rng(0)
    for path in photographs:
        image = read_image(path)
        for _ in range(20):
            y, x = (rng.integers(0, n - SIZE // 2) for n in image.shape[:2])
            patch = image[y : y + SIZE // 2, x : x + SIZE // 2]
            large = cv2.resize(patch, None, fx=2, fy=2)[..., ::-1].astype(np.float32) / 255
            tensor = torch.from_numpy(np.pad(large, ((0, 1), (0, 1), (0, 0)))).permute(2, 0, 1)
            said = torch.nn.functional.conv2d(tensor[None], torch.from_numpy(weights), stride=2)[0]
            small = torch.from_numpy((patch.astype(np.float32) - spec.mean[0]) * spec.scale)
            small = torch.nn.functional.unfold(small.permute(2, 0, 1)[None].float(), 3, padding=1)[
                0
            ].reshape(27, len(patch), -1)
            inside = slice(2, -2)
            rows.append(small[:, inside, inside].reshape(27, -1).T.numpy())
            wanted.append(said[:, inside, inside].reshape(len(bias), -1).T.numpy())
    rows = np.vstack(rows)
    rows = np.hstack([rows, np.ones((len(rows), 1))])
    solved = np.linalg.lstsq(rows, np.vstack(wanted), rcond=None)[0]
    unexplained = np.var(np.vstack(wanted) - rows @ solved) / np.var(np.vstack(wanted))
    print(f"first layer: {unexplained:.4f} of its energy unexplained")
    solved = solved.astype(np.float32)
    return solved[:27].T.reshape(-1, 3, 3, 3), solved[27] + bias


def converted(layers, points, photographs):
    """Closeup with the weights of the file's layers."""
    network = Closeup(len(points))
    stem, act = network.stem
    weights, bias = first_layer(*layers[0][:2], photographs)
    set_layer(stem, act, (weights, bias, layers[0][2]))
    # Two branches begin at 6x6 cells: presence (a block to 3x3, then the last three convolutions)
    # comes before that of the points.
    count = len(network.blocks)
    trunk = count - BLOCKS_OF_BRANCH
    ours = list(network.blocks[:trunk])
    taken = layers[1 : 1 + 2 * trunk]
    points_branch = layers[1 + 2 * trunk + 6 :]
    for block, (depthwise, pointwise) in zip(
        [*ours, *network.blocks[trunk:]], pairs(taken + points_branch[: 2 * BLOCKS_OF_BRANCH])
    ):
        set_layer(block.depthwise, None, depthwise)
        set_layer(block.pointwise, block.act, pointwise)
    rest = points_branch[2 * BLOCKS_OF_BRANCH :]
    set_layer(network.squeeze[0], network.squeeze[1], rest[0])
    set_layer(network.last.depthwise, None, rest[1])
    set_layer(network.last.pointwise, network.last.act, rest[2])
    channels = [3 * p + axis for p in points for axis in (0, 1)]
    # The file gives [px] of an input of 2 SIZE, we the distance from the middle over SIZE.
    place, offset = rest[3][0][channels], rest[3][1][channels]
    set_layer(
        network.place,
        None,
        (place / (2 * SIZE), ((offset + 0.5) / 2 - 0.5 - (SIZE - 1) / 2) / SIZE, None),
    )
    network.spread.weight.data.zero_()
    network.spread.bias.data.fill_(np.log(0.01))
    network.presence.weight.data.zero_()
    network.presence.bias.data.zero_()
    return network


def pairs(layers):
    """Depthwise and pointwise convolutions of the blocks."""
    return list(zip(layers[::2], layers[1::2]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mesh", type=Path, help="face_landmark.tflite")
    parser.add_argument("points", type=Path, help="canonical_points.json; its `order` says which")
    parser.add_argument("photographs", type=Path, help="folder of JPEGs for the first layer")
    parser.add_argument("output", type=Path, help=".pth")
    arguments = parser.parse_args()
    order = json.loads(arguments.points.read_text())["order"]
    photographs = sorted(arguments.photographs.glob("*.jpg"))[:100]
    network = converted(layers_of(arguments.mesh), order, photographs)
    write_checkpoint(
        arguments.output,
        {
            "state_dict": network.state_dict(),
            "skeleton": skeleton_to_dict(find_skeleton("face_32")),
            "architecture": "closeup",
        },
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

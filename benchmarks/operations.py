"""What networks cost by their layers alone: GFLOPs and memory, the table of doc/jetson.md.

Two operations for each multiplication of a convolution. Memory: the weights, and the inputs and
outputs of the layer that has most of them, which all must be there at once; a runtime adds its own.
"""

import argparse

import torch
from torch import nn

from lightweight_openpose.files import share_dir
from lightweight_openpose.networks import build_network
from lightweight_openpose.networks.checkpoint import load_network
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.training.channels import multiplications

BODY = ((256, 448), (368, 656))
# name -> skeleton and stages after the first of the public weights, and sizes (height, width) [px]
NETWORKS = {
    "student-small": ("coco18", 1, BODY),
    "lightweight": ("coco18", 1, BODY),
    "openpose-vgg": ("coco18", 5, BODY),
    "openpose-body25": ("body_25", 3, BODY),
    "openpose-hand": ("hand_21", 5, ((368, 368),)),
}
BYTES = {"FP32": 4, "FP16": 2, "INT8": 1}


def largest_layer(network, size):
    """Numbers in the inputs and outputs of the layer that has most of them."""
    most = 0

    def note(module, inputs, output):
        nonlocal most
        most = max(most, inputs[0].numel() + output.numel())

    hooks = [m.register_forward_hook(note) for m in network.modules() if isinstance(m, nn.Conv2d)]
    with torch.no_grad():
        network(torch.zeros(1, 3, *size))
    for hook in hooks:
        hook.remove()
    return most


def rows(name, network, sizes):
    """Lines of the table."""
    weights = sum(parameter.numel() for parameter in network.parameters())
    for size in sizes:
        size = tuple(-(-n // network.multiple) * network.multiple for n in size)
        operations = 2 * multiplications(network, size)
        layer = largest_layer(network, size)
        memory = (f"{b * weights / 1e6:.1f} + {b * layer / 1e6:.1f}" for b in BYTES.values())
        yield f"| {name} | {size[0]}x{size[1]} | {operations:.1f} | {' | '.join(memory)} |"


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()
    titles = " | ".join(f"{precision} MB" for precision in BYTES)
    print(f"| network | input | GFLOPs | {titles} |\n| --- | --- | --- | --- | --- | --- |")
    own = load_network(share_dir() / "models" / "own.pth")[0]
    for line in rows("own", own, BODY):
        print(line)
    for name, (skeleton, stages, sizes) in NETWORKS.items():
        for line in rows(name, build_network(name, find_skeleton(skeleton), stages), sizes):
            print(line)


if __name__ == "__main__":
    main()

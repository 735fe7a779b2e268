"""Narrow networks of OpenPose with random weights: the same layers in a fraction of the time."""

import torch

from lightweight_openpose.networks import OPENPOSE, build_network
from lightweight_openpose.poses.skeleton_file import find_skeleton


def narrow(architecture, stages=2, width=0.125):
    """Network for the skeleton of its public weights, and that; its maps reach 0.04 and more."""
    torch.manual_seed(0)
    skeleton = find_skeleton(OPENPOSE[architecture].skeleton)
    network = build_network(architecture, skeleton, stages, width).eval()
    for name, parameter in network.named_parameters():
        if "prelu" in name:
            torch.nn.init.uniform_(parameter, 0.1, 0.4)
        elif parameter.dim() == 4 and parameter.std() < 0.02:  # a layer that makes maps
            torch.nn.init.normal_(parameter, 0, 0.2)
    return network, skeleton


def maps_of(network, image):
    """Maps (1, C, h, w) of the last stage, of a (1, 3, H, W) image."""
    with torch.no_grad():
        return [maps.numpy() for maps in network(torch.from_numpy(image))[-1]]

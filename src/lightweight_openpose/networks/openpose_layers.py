"""What the networks of OpenPose share: VGG-19 features and layers named as in their prototxt."""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Iterable, List, Sequence, Tuple

from torch import nn

# VGG-19 (Simonyan and Zisserman, arXiv 1409.1556) up to conv4_2: name and output channels, 0 for a
# pooling that halves height and width.
VGG = (
    ("conv1_1", 64),
    ("conv1_2", 64),
    ("pool1_stage1", 0),
    ("conv2_1", 128),
    ("conv2_2", 128),
    ("pool2_stage1", 0),
    ("conv3_1", 256),
    ("conv3_2", 256),
    ("conv3_3", 256),
    ("conv3_4", 256),
    ("pool3_stage1", 0),
    ("conv4_1", 512),
    ("conv4_2", 512),
)
_MAPS_DEVIATION = 0.01  # of the first weights of layers that make maps, as OpenPose trains them


class OpenPoseNetwork(nn.Module):
    """Base of OpenPose's networks: (N, 3, H, W) -> a tuple of maps per stage, at stride 8."""

    multiple = 8  # [px] of which H and W are multiples
    skeleton: str  # name of the skeleton of the public weights
    mark: str  # a layer that no other of these networks has
    refinement: str  # regular expression of the first layer of each stage after the first

    @classmethod
    def stages_in(cls, state: Iterable[str]) -> int:
        """Stages after the first, counted in the names of tensors."""
        return sum(bool(re.fullmatch(cls.refinement, layer)) for layer in layers_in(state))

    @staticmethod
    def width_in(state: dict) -> float:
        """Width of the hidden layers over OpenPose's own, by the first layer."""
        first = next((v for k, v in state.items() if _layer_and_kind(k) == "conv1_1.weight"), None)
        return 1.0 if first is None else len(first) / VGG[0][1]

    def renamed(self, state: dict) -> dict:
        """A state dict whose tensors have this network's names, by layer.

        Public files name layers as the prototxt does, with or without modules before them. A tensor
        of no layer of this network keeps its name.
        """
        own = {_layer_and_kind(name): name for name in self.state_dict()}
        return {own.get(_layer_and_kind(name), name): value for name, value in state.items()}


def layers_in(state: Iterable[str]) -> set:
    """Names of the layers in names of tensors: "conv1_1" of "model0.conv1_1.weight"."""
    return {name.split(".")[-2] for name in state if "." in name}


def _layer_and_kind(name: str) -> str:
    return ".".join(name.split(".")[-2:])


def scaled(channels: int, width: float) -> int:
    """Channels of a layer in a network of a width, 1.0 for OpenPose's own."""
    return max(1, round(channels * width))


def convolution(inputs: int, outputs: int, kernel: int = 3, maps: bool = False) -> nn.Conv2d:
    """Convolution that keeps height and width, with the first weights of He (arXiv 1502.01852).

    maps: its outputs are maps, which start near zero.
    """
    layer = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)
    if maps:
        nn.init.normal_(layer.weight, 0, _MAPS_DEVIATION)
    else:
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    nn.init.zeros_(layer.bias)
    return layer


def features(plan: Sequence[Tuple[str, int]], width: float) -> nn.Sequential:
    """3x3 convolutions with ReLU, and poolings, as VGG lists them."""
    layers: "OrderedDict" = OrderedDict()
    inputs = 3
    for name, outputs in plan:
        if not outputs:
            layers[name] = nn.MaxPool2d(2)
            continue
        layers[name] = convolution(inputs, scaled(outputs, width))
        layers[f"relu_{name}"] = nn.ReLU(inplace=True)
        inputs = scaled(outputs, width)
    return nn.Sequential(layers)


def stage(inputs: int, plan: Sequence[Tuple[str, int, int]]) -> nn.Sequential:
    """Convolutions (name, output channels, kernel) with ReLU between them; the last makes maps."""
    layers: "OrderedDict" = OrderedDict()
    for name, outputs, kernel in plan[:-1]:
        layers[name] = convolution(inputs, outputs, kernel)
        layers[f"relu_{name}"] = nn.ReLU(inplace=True)
        inputs = outputs
    name, outputs, kernel = plan[-1]
    layers[name] = convolution(inputs, outputs, kernel, maps=True)
    return nn.Sequential(layers)


def refinement_plan(number: int, suffix: str, hidden: int, maps: int) -> List[Tuple[str, int, int]]:
    """Layers of a stage after the first: five 7x7 convolutions and two 1x1.

    number: of the stage, from 2; suffix: of the layers' names, such as "_L1".
    """
    names = [f"Mconv{i}_stage{number}{suffix}" for i in range(1, 8)]
    wide = [(name, hidden, 7) for name in names[:5]]
    return [*wide, (names[5], hidden, 1), (names[6], maps, 1)]

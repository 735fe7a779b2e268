"""Train a network on labelled images.

A run with the same output folder goes on where the last one ended, however it ended. Several GPUs
or machines: torchrun --nproc_per_node=4 -m lightweight_openpose train ...
"""

from __future__ import annotations

import argparse

from lightweight_openpose.training.config import read_config

from .options import whole_number
from .training_options import add_config_arguments, changes

OVERRIDING = ("labels", "images", "output")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `pose train`."""
    example = "--set batch=16 --set augmentation.size=256"
    add_config_arguments(parser, "the defaults of config/train.yaml", example, OVERRIDING)
    parser.add_argument("--step", help="run only the step of this name")
    parser.add_argument(
        "--iterations", type=whole_number(1), help="stop each step after so many more"
    )


def run(arguments: argparse.Namespace) -> int:
    """Train, or go on, and print the last checkpoint. Raises BadConfig, BadLabels or OSError."""
    from lightweight_openpose.training.supervised import train

    config = read_config(arguments.config, changes(arguments, OVERRIDING))
    path = train(config, arguments.step, arguments.iterations)
    print(
        f"last checkpoint: {path}; the one with the best AP, where validation is on, is best.pth "
        "next to it"
    )
    return 0

"""Make a trained network smaller while it keeps working.

Photographs without labels are enough. Resumes as `pose train` does.
"""

from __future__ import annotations

import argparse

from .options import number, whole_number
from .training_options import add_teacher_arguments, teacher_config

CONFIG = "prune.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `pose prune`."""
    parser.add_argument("model", help="checkpoint (.pth), or the name of a model that is one")
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument(
        "--target", type=number(1e-6, 1e6), help="size to reach [10^9 multiplications at 256x456]"
    )
    size.add_argument(
        "--speed", type=number(1, 1e6), help="or: by how many times fewer multiplications"
    )
    parser.add_argument(
        "--teacher",
        default="",
        help="name or path of the model whose maps are learned (default: MODEL itself)",
    )
    parser.add_argument(
        "--stages",
        type=whole_number(0),
        help="refinement stages to keep (default: all); 0 leaves the initial stage alone",
    )
    add_teacher_arguments(parser, CONFIG, "--set batch=16")


def run(arguments: argparse.Namespace) -> int:
    """Prune, or go on, and print the last checkpoint. Raises BadConfig, OSError or ValueError."""
    from lightweight_openpose.training.pruning import prune

    config = teacher_config(arguments, CONFIG)
    path = prune(
        config,
        arguments.model,
        arguments.images,
        arguments.target,
        arguments.speed,
        arguments.teacher,
        arguments.backend,
        arguments.stages,
    )
    print(f"last checkpoint: {path}")
    return 0

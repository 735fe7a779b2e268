"""Train a small network on the maps of a large one.

Photographs without labels are enough. Resumes as `pose train` does.
"""

from __future__ import annotations

import argparse

from .options import number, whole_number
from .training_options import add_teacher_arguments, teacher_config

CONFIG = "distill.yaml"
CLOSEUP_CONFIGS = {"face": "distill_closeup.yaml", "hand": "distill_hand.yaml"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `pose distill`."""
    parser.add_argument("--teacher", help="name (see `pose models list`) or path of a model")
    parser.add_argument(
        "--closeup",
        choices=tuple(CLOSEUP_CONFIGS),
        help="a network on the crop of a face or hand: --images are data sets of crops, NAME.tar "
        "with NAME.json, whose points come from a teacher network",
    )
    parser.add_argument(
        "--hold-back",
        type=number(0, 1),
        default=0.25,
        metavar="SHARE",
        help="of each bag, at its end, on which agreement with the teacher is measured "
        "(default %(default)s)",
    )
    add_teacher_arguments(parser, CONFIG, "--set batch=16 --set architecture=student-base")
    parser.add_argument("--iterations", type=whole_number(1), help="stop after so many more")


def run(arguments: argparse.Namespace) -> int:
    """Train, or go on, and print the last checkpoint. Raises BadConfig, OSError or ValueError."""
    if arguments.closeup:
        from lightweight_openpose.training.closeups import distill_closeup

        config = teacher_config(arguments, CLOSEUP_CONFIGS[arguments.closeup])
        path = distill_closeup(config, arguments.closeup, arguments.images, arguments.iterations)
        print(f"last checkpoint: {path}")
        return 0
    if not arguments.teacher:
        raise ValueError("name the network to learn from with --teacher, or give --closeup")
    from lightweight_openpose.training.distillation import distill

    config = teacher_config(arguments, CONFIG)
    path = distill(
        config,
        arguments.teacher,
        arguments.images,
        arguments.iterations,
        arguments.backend,
        arguments.hold_back,
    )
    print(f"last checkpoint: {path}")
    return 0

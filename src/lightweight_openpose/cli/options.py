"""Options that several subcommands share."""
from __future__ import annotations

import sys


def add_estimator_arguments(parser, input_height=256) -> None:
    """Options of every command that runs a network."""
    parser.add_argument("--model", default="default", help="name (see `pose models list`) or path")
    parser.add_argument("--backend", default="auto", help="auto, openvino, onnxruntime or torch")
    parser.add_argument("--device", default="auto")
    parser.add_argument(
        "--skeleton", default="auto", help="name or YAML; auto: what the model says"
    )
    parser.add_argument("--threads", type=int, default=0, help="0: all cores")
    parser.add_argument(
        "--height", type=int, default=input_height,
        help="height of the network's input [px] (default %(default)s)"
    )


def load_estimator(arguments):
    """PoseEstimator of these options; its notices go to stderr. Raises what its load does."""
    from lightweight_openpose.estimation.estimator import PoseEstimator

    def notify(text):
        print(f"pose {arguments.command}: {text}", file=sys.stderr)

    return PoseEstimator.load(
        arguments.model,
        arguments.backend,
        arguments.height,
        arguments.device,
        arguments.threads,
        skeleton=arguments.skeleton,
        notify=notify,
    )

"""A trained network to the files of a model.

FP16 checkpoint, INT8 for OpenVINO, INT8 ONNX for onnxruntime and TensorRT.
"""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `pose pack`."""
    parser.add_argument("checkpoint", type=Path, help="(.pth) of `pose train` or `pose distill`")
    parser.add_argument(
        "--calibrate",
        required=True,
        metavar="FOLDER",
        help="images like those of the robot's camera",
    )
    parser.add_argument(
        "--output", type=Path, default=Path("models"), help="folder (default: models)"
    )
    parser.add_argument("--name", help="of the files (default: the checkpoint's)")
    parser.add_argument("--skeleton", help="name or YAML; default: that in the checkpoint")


def run(arguments: argparse.Namespace) -> int:
    """Write the files and print their entry for models.yaml. Raises ValueError or OSError."""
    from lightweight_openpose.export.pack import pack
    from lightweight_openpose.poses import find_skeleton

    skeleton = find_skeleton(arguments.skeleton) if arguments.skeleton else None
    name = arguments.name or arguments.checkpoint.stem
    lines, entry = pack(arguments.checkpoint, arguments.output, name, arguments.calibrate, skeleton)
    print(
        "\n".join(lines)
        + f"\n\nTo use it by its name, add to config/models.yaml under models:\n\n{entry}"
    )
    return 0

"""A trained network to the format of another runtime; the file is loaded back and compared."""

from __future__ import annotations

import argparse
import re
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `pose export`."""
    from lightweight_openpose.export import FORMATS, PRECISIONS

    parser.add_argument(
        "model", help="name (see `pose models list`) or path of a checkpoint (.pth)"
    )
    parser.add_argument("--to", required=True, choices=FORMATS)
    parser.add_argument("--precision", default="fp32", choices=PRECISIONS)
    parser.add_argument(
        "--input-size", default="256x448", metavar="HxW", help="[px] (default %(default)s)"
    )
    parser.add_argument("--dynamic", action="store_true", help="any other input size as well")
    parser.add_argument(
        "--opset",
        type=int,
        default=13,
        choices=range(10, 18),
        metavar="10..17",
        help="of ONNX (default 13)",
    )
    parser.add_argument(
        "--calibrate", metavar="FOLDER", help="images for int8, like those of the robot's camera"
    )
    parser.add_argument("--skeleton", help="name or YAML; default: that in the checkpoint")
    parser.add_argument(
        "--output", type=Path, help="default: the model's name with the format's suffix"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the file and print how near it is. Raises ValueError or RuntimeError."""
    from lightweight_openpose.backends import file_for
    from lightweight_openpose.export.exporter import SUFFIXES, Export, export
    from lightweight_openpose.poses import find_skeleton
    from lightweight_openpose.zoo.catalogue import resolve

    match = re.fullmatch(r"(\d+)x(\d+)", arguments.input_size)
    if not match:
        raise ValueError(
            f"--input-size {arguments.input_size}: expected HEIGHTxWIDTH, such as 256x448"
        )
    path = file_for(*resolve(arguments.model), "torch")
    if path.suffix != ".pth":
        raise ValueError(f"{path} is no checkpoint (.pth); only those can be exported")
    wanted = Export(
        arguments.to,
        arguments.precision,
        (int(match.group(1)), int(match.group(2))),
        arguments.dynamic,
        arguments.opset,
        arguments.calibrate,
    )
    precision = "" if arguments.precision == "fp32" else f"-{arguments.precision}"
    output = arguments.output or Path(path.stem + precision + SUFFIXES[arguments.to])
    skeleton = find_skeleton(arguments.skeleton) if arguments.skeleton else None
    print("\n".join(export(path, output, wanted, skeleton)))
    return 0

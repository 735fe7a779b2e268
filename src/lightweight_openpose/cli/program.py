"""The program `pose`: one module per subcommand, each with add_arguments(parser) and run(arguments)."""
from __future__ import annotations

import argparse
import importlib
import sys

COMMANDS = {"image": "photos to annotated pictures and JSON", "video": "camera or video to mp4 and JSON lines",
            "tracks": "births, deaths, changes and swaps of ids in those lines",
            "plot": "joints and head angles over time as PNG or HTML",
            "bag": "bags with images to bags with poses (needs ROS)",
            "evaluate": "COCO AP on labelled photographs", "models": "list, fetch and verify models",
            "prepare": "COCO keypoint labels of any object to the label file of `pose train`",
            "subset": "a random part of a COCO keypoint file", "train": "a network on labelled images",
            "distill": "a small network from a large one, on images without labels",
            "prune": "a trained network to a smaller one that keeps working",
            "export": "a trained network to ONNX, TorchScript, OpenVINO, TensorRT or Ascend",
            "pack": "a trained network to the files of a model for robots",
            "benchmark": "milliseconds per stage for each backend on this machine"}


def main(argv=None) -> int:
    """Run a subcommand; exit status. Errors that a user can mend are one line."""
    parser = argparse.ArgumentParser(prog="pose", description="People in images: 18 keypoints each.")
    subparsers = parser.add_subparsers(dest="command", metavar="command")
    subparsers.required = True
    for name, what in COMMANDS.items():
        module = importlib.import_module("." + name, __package__)
        sub = subparsers.add_parser(name, help=what, description=module.__doc__)
        module.add_arguments(sub)
        sub.set_defaults(run=module.run)
    arguments = parser.parse_args(argv)
    try:
        return arguments.run(arguments) or 0
    except (ValueError, RuntimeError, OSError, ImportError) as error:
        print(f"pose {arguments.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130

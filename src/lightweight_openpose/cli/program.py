"""The program `pose`: a module per subcommand, each with add_arguments(parser), run(arguments)."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from types import ModuleType
from typing import Any, NoReturn, Optional, Sequence

from lightweight_openpose.files import package_version

COMMANDS = {
    "check": "what is installed here: runtimes, devices, models, cameras, ROS",
    "image": "photos to annotated pictures and JSON",
    "video": "camera or video to mp4 and JSON lines",
    "angles": "yaw, pitch, roll of an object from landmarks and 3-D points, without a network",
    "tracks": "births, deaths, changes and swaps of ids in those lines",
    "plot": "joints and head angles over time as PNG or HTML",
    "bag": "bags with images to bags with poses (needs ROS)",
    "evaluate": "COCO AP on labelled photographs",
    "evaluate-hands": "how exact joints of hands are on labelled pictures",
    "evaluate-heads": "errors of yaw, pitch and roll on labelled heads",
    "models": "list, fetch and verify models",
    "prepare": "COCO keypoint labels of any object to the label file of `pose train`",
    "subset": "a random part of a COCO keypoint file",
    "train": "a network on labelled images",
    "distill": "a small network from a large one, on images without labels",
    "prune": "a trained network to a smaller one that keeps working",
    "export": "a trained network to ONNX, TorchScript, OpenVINO, TensorRT or Ascend",
    "pack": "a trained network to the files of a model for robots",
    "benchmark": "milliseconds per stage for each backend on this machine",
}


def module_of(command: str) -> ModuleType:
    """The module of a subcommand."""
    name = "." + command.replace("-", "_")
    return importlib.import_module(name, __package__)  # noqa: TID251


class _Parser(argparse.ArgumentParser):
    """Its errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {_one_line(message)}; see {self.prog} --help\n")


def _one_line(text: str) -> str:
    """Without line ends, and without what a terminal would take for a command."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))


class _Version(argparse.Action):
    """Prints what package.xml says, which catkin and pip install next to the models."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        print("lightweight_openpose", package_version())
        parser.exit()


def _leave_if_stuck(error: Exception) -> None:
    from lightweight_openpose.backends.first_answer import NoAnswer, leave

    if isinstance(error, NoAnswer):
        leave(1)


ROS = ("cv_bridge", "genpy", "rosbag", "roslib", "rospy", "sensor_msgs", "std_msgs")


def _reason(error: Exception) -> str:
    """What an error says: of a file its name first, of a part of ROS where it comes from."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    missing = getattr(error, "name", None) or ""
    if isinstance(error, ImportError) and (
        missing.split(".")[0] in ROS or missing == "lightweight_openpose.msg"
    ):
        return (
            f"{missing} is not here: this needs ROS, and this package built in a catkin workspace; "
            "source the workspace's devel/setup.bash first"
        )
    return str(error) or type(error).__name__


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run a subcommand; exit status. Errors that a user can fix are one line."""
    parser = _Parser("pose", description="People in images: 18 keypoints each.")
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    subparsers = parser.add_subparsers(dest="command", metavar="command")
    subparsers.required = True
    for name, what in COMMANDS.items():
        module = module_of(name)
        sub = subparsers.add_parser(name, help=what, description=module.__doc__)
        module.add_arguments(sub)
        sub.set_defaults(run=module.run)
    arguments = parser.parse_args(argv)
    try:
        status = arguments.run(arguments) or 0
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # who reads has enough, such as head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except (ValueError, RuntimeError, OSError, ImportError) as error:
        print(f"pose {arguments.command}: {_one_line(_reason(error))}", file=sys.stderr)
        _leave_if_stuck(error)
        return 1
    except KeyboardInterrupt:
        return 130

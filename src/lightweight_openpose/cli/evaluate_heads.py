"""Errors of yaw, pitch and roll of heads on labelled pictures.

Labels are a JSON or CSV file, or the folder of BIWI, AFLW2000-3D or 300W-LP: see doc/heads.md.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Iterable, Optional, Sequence, Tuple

from lightweight_openpose.files import spare
from lightweight_openpose.ros.settings.head_orientation import HeadOrientationSettings

from .options import add_estimator_arguments, add_setting, estimator_options

if TYPE_CHECKING:
    from lightweight_openpose.analysis.head_answers import HeadFinder
    from lightweight_openpose.analysis.head_labels import HeadLabel
    from lightweight_openpose.estimation import PoseEstimator
    from lightweight_openpose.estimation.faces import FaceEstimator


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `pose evaluate-heads`."""
    parser.add_argument(
        "--labels",
        type=Path,
        required=True,
        help="JSON or CSV with the angles of heads, or the folder of a data set",
    )
    parser.add_argument(
        "--images",
        type=Path,
        help="folder or tar file of the pictures (default: --labels, where that is a folder)",
    )
    parser.add_argument(
        "--face",
        default="auto",
        metavar="MODEL",
        help="auto: heads by landmarks of their faces, which the package's network finds; off: by "
        "nose, eyes and ears alone; else name or path of a network of faces",
    )
    parser.add_argument(
        "--given-joints",
        action="store_true",
        help="solve from the joints in the labels where they have any, without the network --model",
    )
    add_setting(parser, HeadOrientationSettings, "assumed_fov")
    parser.add_argument("--output", type=Path, help="a line per head, .json or .csv")
    parser.add_argument("--plot", type=Path, help=".png with errors over the true yaw")
    add_estimator_arguments(parser)
    parser.set_defaults(model="own", height=368, width=0, min_score=0.0)


def run(arguments: argparse.Namespace) -> int:
    """Print the tables, and write what the options ask for. Raises ValueError or OSError."""
    from tqdm import tqdm

    from lightweight_openpose.analysis import head_plot
    from lightweight_openpose.analysis.head_datasets import read_labels
    from lightweight_openpose.analysis.head_errors import (
        HeadErrors,
        rejection_summary,
        table,
        write_rows,
    )
    from lightweight_openpose.analysis.label_rows import answer_labels
    from lightweight_openpose.video import PictureFiles

    _check_outputs(arguments)
    labels, faults = read_labels(arguments.labels)
    pictures = PictureFiles(_images(arguments))
    finder, what = _finder(arguments, labels)
    _tell([f"{arguments.labels}: {fault}: skipped" for fault in faults])
    answers, unreadable = answer_labels(
        finder, labels, pictures, lambda items: tqdm(items, unit="head")
    )
    _tell([f"{pictures.path}: {name} cannot be read: skipped" for name in unreadable])
    if arguments.output:
        write_rows(answers, arguments.output)
    print(
        f"{what}, {len(answers)} heads, {len(unreadable)} pictures unreadable, "
        f"{len(faults)} labels unreadable"
    )
    rejections = rejection_summary(answers)
    errors = HeadErrors.of(answers)
    if not errors.answered.any():
        raise ValueError(f"none of {len(answers)} heads is answered: {rejections}")
    print(table(errors))
    if rejections:
        print(f"\nnot answered: {rejections}")
    if arguments.plot:
        head_plot.write(errors, arguments.plot)
    return 0


def _tell(lines: Iterable[str]) -> None:
    for line in lines:
        print(f"pose evaluate-heads: {line}", file=sys.stderr)


def _check_outputs(arguments: argparse.Namespace) -> None:
    wanted = ((arguments.output, (".json", ".csv")), (arguments.plot, (".png",)))
    for path, suffixes in wanted:
        if path is not None:
            if path.suffix not in suffixes:
                raise ValueError(f"{path}: expected a name that ends in {' or '.join(suffixes)}")
            spare(path, [arguments.labels, *([arguments.images] if arguments.images else [])])


def _images(arguments: argparse.Namespace) -> Path:
    if arguments.images is None and not arguments.labels.is_dir():
        raise ValueError(
            f"give --images, the folder or tar file of the pictures of {arguments.labels}"
        )
    return arguments.images or arguments.labels


def _finder(arguments: argparse.Namespace, labels: Sequence[HeadLabel]) -> Tuple[HeadFinder, str]:
    """The HeadFinder of the options, and what it is in words."""
    from lightweight_openpose.analysis.head_answers import HeadFinder
    from lightweight_openpose.backends import runtime_of

    with_joints = sum(label.joints is not None for label in labels)
    if arguments.given_joints and not with_joints:
        raise ValueError(f"{arguments.labels} has no joints; leave --given-joints out")
    estimator, faces, network = None, None, arguments.model
    if arguments.given_joints and with_joints == len(labels):
        faces = _faces(arguments)
        what = f"joints of the labels, as of {arguments.model}"
    else:
        estimator = _estimator(arguments)
        faces, estimator.faces = estimator.faces, None  # they look at one head, in the picture
        network = estimator.model
        what = (
            f"{arguments.model}, {runtime_of(estimator.backend)}, input height "
            f"{arguments.height} px"
        )
    finder = HeadFinder(
        estimator, faces, network, arguments.height, arguments.assumed_fov, arguments.given_joints
    )
    return finder, f"{what}, face {arguments.face}"


def _estimator(arguments: argparse.Namespace) -> PoseEstimator:
    from lightweight_openpose.geometry.head import has_head

    from .estimators import open_estimator

    options = estimator_options(arguments)
    estimator = open_estimator(options, lambda text: _tell([text]))
    if not has_head(estimator.skeleton):
        raise ValueError(
            f"skeleton {estimator.skeleton.name} of {arguments.model} has no nose, eyes and ears"
        )
    return estimator


def _faces(arguments: argparse.Namespace) -> Optional[FaceEstimator]:
    from lightweight_openpose.estimation.faces import OWN_FACE, FaceEstimator

    if arguments.face == "off":
        return None
    model = OWN_FACE if arguments.face == "auto" else arguments.face
    return FaceEstimator.load(model, arguments.backend, arguments.device, arguments.threads)

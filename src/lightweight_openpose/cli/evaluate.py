"""COCO AP of a model on labelled photographs.

By default in the mode that the nodes use: one scale, no flip.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from lightweight_openpose.files import replacing

from .options import add_decoding_arguments, add_estimator_arguments, input_size, load_estimator


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `pose evaluate`."""
    parser.add_argument(
        "--labels",
        type=Path,
        required=True,
        help="COCO keypoint labels, such as person_keypoints_val2017.json",
    )
    parser.add_argument(
        "--images", type=Path, required=True, help="folder of the images that the labels name"
    )
    parser.add_argument(
        "--multiscale",
        action="store_true",
        help="average the maps over 0.5, 1, 1.5 and 2 times the height",
    )
    parser.add_argument(
        "--flip", action="store_true", help="average them with those of the mirrored image"
    )
    parser.add_argument("--joints", action="store_true", help="print a table per joint")
    parser.add_argument(
        "--detections", type=Path, help="write the detections here as a COCO results file"
    )
    parser.add_argument(
        "--worst", type=Path, metavar="FOLDER", help="write pictures of the ten worst images there"
    )
    parser.add_argument(
        "--estimate-areas",
        action="store_true",
        help="people whose area the labels do not give are taken for 0.53 of their box; such an AP "
        "compares only with others of the same labels",
    )
    add_estimator_arguments(parser)
    add_decoding_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the table of COCO, and what the options ask for. Raises OSError or ValueError."""
    from tqdm import tqdm

    from lightweight_openpose.analysis.coco_ap import category_of, coco_ap, coco_of, detect
    from lightweight_openpose.analysis.coco_file import read_coco_file
    from lightweight_openpose.analysis.joint_errors import draw_worst, joint_table, match_people
    from lightweight_openpose.backends import runtime_of
    from lightweight_openpose.estimation.multiscale import SCALES, AveragingEstimator

    averaged = arguments.multiscale or arguments.flip
    for path in (arguments.labels, arguments.images):
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist")
    file = read_coco_file(arguments.labels)
    file.notes.report("pose evaluate")
    labels = coco_of(file, arguments.estimate_areas)
    estimator = load_estimator(arguments)
    scales = SCALES if arguments.multiscale else (1.0,)
    detector = AveragingEstimator(estimator, scales, arguments.flip) if averaged else estimator
    detections, unreadable = detect(
        detector, labels, arguments.images, lambda items: tqdm(items, unit="image")
    )
    for name in unreadable:
        print(f"pose evaluate: {arguments.images / name} cannot be read: skipped", file=sys.stderr)
    if arguments.detections:
        with replacing(arguments.detections) as partial:
            partial.write_text(json.dumps(detections) + "\n")
    stats, table = coco_ap(labels, detections, estimator.skeleton)
    mode = (", multiscale" if arguments.multiscale else "") + (", flip" if arguments.flip else "")
    print(
        f"{arguments.model}, {runtime_of(estimator.backend)}, "
        f"{input_size(arguments)}{mode}, {len(labels.getImgIds())} images, {len(unreadable)} "
        f"unreadable, {len(detections)} detections"
    )
    print(table)
    if arguments.joints or arguments.worst:
        matches = match_people(labels, detections, estimator.skeleton)
        if arguments.joints:
            print(joint_table(matches, category_of(labels, estimator.skeleton)["keypoints"]))
        if arguments.worst:
            paths = draw_worst(matches, labels, arguments.images, arguments.worst, 10)
            print(f"{len(paths)} pictures in {arguments.worst}")
    return 0

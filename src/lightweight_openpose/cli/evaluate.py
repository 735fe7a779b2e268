"""COCO AP of a model on labelled photographs, in the mode that the nodes use: one scale, no flip."""
from __future__ import annotations

import json
import sys
from pathlib import Path

from . import add_estimator_arguments, load_estimator


def add_arguments(parser):
    parser.add_argument("labels", type=Path, help="COCO keypoint labels, such as person_keypoints_val2017.json")
    parser.add_argument("images", type=Path, help="folder of the images that the labels name")
    parser.add_argument("--detections", type=Path, help="write the detections here as a COCO results file")
    add_estimator_arguments(parser, input_height=368)


def run(arguments) -> int:
    from tqdm import tqdm

    from ..evaluation import coco_ap, detect, read_labels
    for path in (arguments.labels, arguments.images):
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist")
    labels = read_labels(arguments.labels)
    estimator = load_estimator(arguments)
    detections, unreadable = detect(estimator, labels, arguments.images, lambda items: tqdm(items, unit="image"))
    for name in unreadable:
        print(f"pose evaluate: {arguments.images / name} cannot be read: skipped", file=sys.stderr)
    if arguments.detections:
        arguments.detections.write_text(json.dumps(detections) + "\n")
    stats, table = coco_ap(labels, detections, estimator.skeleton)
    print(f"{arguments.model}, {estimator.backend.name} on {estimator.backend.device}, input height {arguments.height} px, "
          f"{len(labels.getImgIds())} images, {len(unreadable)} unreadable, {len(detections)} detections")
    print(table)
    return 0

"""A random part of a COCO file, with the annotations of its images.

The same seed gives the same part.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from lightweight_openpose.files import replacing, spare

from .options import whole_number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `pose subset`."""
    parser.add_argument("--labels", type=Path, required=True, help="COCO keypoint file")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--number", type=whole_number(1), required=True, help="of images")
    parser.add_argument("--seed", type=whole_number(0), default=0)


def run(arguments: argparse.Namespace) -> int:
    """Write the part. Raises BadLabels, ValueError or OSError."""
    import numpy as np

    from lightweight_openpose.analysis.coco_file import read_coco_file

    spare(arguments.output, [arguments.labels])
    file = read_coco_file(arguments.labels)
    file.notes.report("pose subset")
    if arguments.number > len(file.images):
        raise ValueError(
            f"--number {arguments.number} is outside 1..{len(file.images)}, the images of "
            f"{arguments.labels}"
        )
    chosen = np.random.default_rng(arguments.seed).choice(
        len(file.images), arguments.number, replace=False
    )
    images = [file.images[i] for i in sorted(chosen)]
    ids = {i["id"] for i in images}
    annotations = [a for a in file.annotations if a["image_id"] in ids]
    document = {**file.document, "images": images, "annotations": annotations}
    with replacing(arguments.output) as partial:
        partial.write_text(json.dumps(document) + "\n")
    print(f"{arguments.output}: {len(ids)} images, {len(annotations)} annotations")
    return 0

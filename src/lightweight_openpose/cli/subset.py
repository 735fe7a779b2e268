"""A random part of a COCO file, with the annotations of its images.

The same seed gives the same part.
"""
from __future__ import annotations

import json
from pathlib import Path

from lightweight_openpose.files import replacing, spare

from .options import whole_number


def add_arguments(parser):
    """Options of `pose subset`."""
    parser.add_argument("--labels", type=Path, required=True, help="COCO keypoint file")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--number", type=whole_number(1), required=True, help="of images")
    parser.add_argument("--seed", type=whole_number(0), default=0)


def run(arguments) -> int:
    """Write the part. Raises BadLabels, ValueError or OSError."""
    import numpy as np

    from lightweight_openpose.training.labels import BadLabels, read_json
    spare(arguments.output, [arguments.labels])
    document = read_json(arguments.labels)
    images = document.get("images")
    if not isinstance(images, list) or not isinstance(document.get("annotations"), list):
        raise BadLabels(
            f"{arguments.labels} has no images and annotations; is it a COCO keypoint file?"
        )
    if arguments.number > len(images):
        raise ValueError(
            f"--number {arguments.number} is outside 1..{len(images)}, the images of "
            f"{arguments.labels}"
        )
    chosen = np.random.default_rng(arguments.seed).choice(
        len(images), arguments.number, replace=False
    )
    document["images"] = [images[i] for i in sorted(chosen)]
    try:
        ids = {i["id"] for i in document["images"]}
        document["annotations"] = [a for a in document["annotations"] if a["image_id"] in ids]
    except (KeyError, TypeError) as error:
        raise BadLabels(
            f"{arguments.labels}: an image or annotation has no id: {type(error).__name__} {error}"
        ) from None
    with replacing(arguments.output) as partial:
        partial.write_text(json.dumps(document) + "\n")
    print(f"{arguments.output}: {len(ids)} images, {len(document['annotations'])} annotations")
    return 0

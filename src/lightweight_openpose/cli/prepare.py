"""COCO keypoint labels to the label file of `pose train`.

From COCO itself, coco-annotator or CVAT. Every image is checked.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lightweight_openpose.files import spare

if TYPE_CHECKING:
    from lightweight_openpose.training.labels import LabelSet


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `pose prepare`."""
    parser.add_argument("--labels", type=Path, required=True, help="COCO keypoint file")
    parser.add_argument(
        "--output", type=Path, default=Path("labels.json"), help="default %(default)s"
    )
    parser.add_argument(
        "--images",
        type=Path,
        help="folder of the images; given, each is opened, and those that are "
        "missing or broken are left out",
    )
    parser.add_argument(
        "--skeleton", help="name or YAML of the skeleton; default: from the file's category"
    )
    parser.add_argument(
        "--category", help="needed when the file has several categories with keypoints"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the label file, and its faults to stderr. Raises BadLabels, ValueError or OSError."""
    from lightweight_openpose.poses import find_skeleton, mirror_fault
    from lightweight_openpose.training.coco_labels import read_coco

    spare(arguments.output, [arguments.labels])
    skeleton = find_skeleton(arguments.skeleton) if arguments.skeleton else None
    if arguments.images and not arguments.images.is_dir():
        raise FileNotFoundError(f"no folder {arguments.images}")
    labels = read_coco(arguments.labels, skeleton, arguments.category, arguments.images)
    if arguments.images:
        _check_images(labels, arguments.images)
    labels.notes.report("pose prepare")
    people = [p for i in labels.images for p in i.people]
    if not any(p.main for p in people):
        raise ValueError(
            f"{arguments.labels}: no annotation is large enough and has enough keypoints to train "
            "on"
        )
    labels.save(arguments.output)
    skeleton = labels.skeleton
    fault = mirror_fault(skeleton)
    if fault is not None:
        print(f"pose prepare: crops will not be mirrored: {fault}", file=sys.stderr)
    print(
        f"{arguments.output}: skeleton {skeleton.name} with {skeleton.num_keypoints} keypoints, "
        f"{skeleton.num_mirror_pairs} mirror pairs and {len(skeleton.limbs)} limbs; "
        f"{len(labels.images)} images, "
        f"{len(people)} labelled, {sum(p.main for p in people)} of them large and complete enough "
        f"for the middle of a crop, {sum(len(i.masked) for i in labels.images)} regions masked, "
        f"{len(labels.warnings)} warnings"
    )
    return 0


def _check_images(labels: LabelSet, folder: Path) -> None:
    """Leave out what cannot be read. Raises ValueError for labels of another size."""
    from tqdm import tqdm

    from lightweight_openpose.analysis.labelled_images import find_images, size_fault
    from lightweight_openpose.video import try_image

    paths = find_images(folder, [image.file for image in labels.images])
    kept = []
    faults = []
    for image, path in zip(tqdm(labels.images, unit="image"), paths):
        picture = try_image(path)
        if picture is None:
            fault = "cannot be read" if path.is_file() else "does not exist"
            labels.notes.lost("", f"{path} {fault}: left out")
            continue
        faults.append(size_fault(path, picture, image.width, image.height))
        image.file = path.relative_to(folder).as_posix()
        kept.append(image)
    faults = [fault for fault in faults if fault is not None]
    if faults:
        raise ValueError(f"{len(faults)} of {len(paths)} pictures have another size: {faults[0]}")
    labels.images[:] = kept

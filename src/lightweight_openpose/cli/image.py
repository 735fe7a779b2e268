"""Find the people in photos: an annotated picture and a JSON file for each."""
from __future__ import annotations

import json
import sys
from pathlib import Path

from lightweight_openpose.files import replacing
from lightweight_openpose.poses.pose_lines import pose_to_dict

from .options import add_estimator_arguments, load_estimator


def add_arguments(parser):
    """Options of `pose image`."""
    parser.add_argument("images", nargs="+", type=Path, help="image files or folders")
    parser.add_argument(
        "--output", type=Path, default=Path("poses"),
        help="folder for the results (default %(default)s)"
    )
    add_estimator_arguments(parser)


def run(arguments) -> int:
    """Write the pictures and JSON files; 1 where an image was skipped."""
    import cv2
    from tqdm import tqdm

    from lightweight_openpose.display.drawing import draw_poses
    from lightweight_openpose.video.images import write_image
    files = _files(arguments.images)
    estimator = load_estimator(arguments)
    arguments.output.mkdir(parents=True, exist_ok=True)
    skipped = 0
    people = 0
    for path in tqdm(files, unit="image", disable=len(files) < 2):
        image = cv2.imread(str(path))
        if image is None:
            fault = "is no image" if path.exists() else "does not exist"
            print(f"pose image: {path} {fault}: skipped", file=sys.stderr)
            skipped += 1
            continue
        poses = estimator(image)
        people += len(poses)
        document = {
            "image": path.name,
            "height": image.shape[0],
            "width": image.shape[1],
            "skeleton": estimator.skeleton.name,
            "keypoint_names": estimator.skeleton.keypoints,
            "poses": [pose_to_dict(p) for p in poses],
        }
        with replacing(arguments.output / f"{path.stem}.json") as partial:
            partial.write_text(json.dumps(document) + "\n")
        draw_poses(image, poses, estimator.skeleton)
        write_image(arguments.output / f"{path.stem}.png", image)
    print(
        f"{len(files) - skipped} images, {people} people, {skipped} skipped; results in "
        f"{arguments.output}"
    )
    return 1 if skipped else 0


def _files(paths):
    """The files among the paths as they are, folders as the images in them."""
    from lightweight_openpose.video.images import IMAGE_SUFFIXES
    files = []
    for path in paths:
        if path.is_dir():
            files += sorted(p for p in path.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES)
        else:
            files.append(path)
    return files

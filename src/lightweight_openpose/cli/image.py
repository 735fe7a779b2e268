"""Find the people in photos: an annotated picture and a JSON file for each."""
from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from lightweight_openpose.files import replacing
from lightweight_openpose.poses.pose_lines import pose_to_dict

from .options import add_decoding_arguments, add_estimator_arguments, load_estimator
from .presentation import Presenter, add_presentation_arguments


def add_arguments(parser):
    """Options of `pose image`."""
    parser.add_argument(
        "photos", nargs="+", type=Path, metavar="PHOTO", help="image file, or folder of images"
    )
    parser.add_argument(
        "--output", type=Path, default=Path("poses"),
        help="folder for the results (default %(default)s)"
    )
    add_presentation_arguments(parser)
    add_estimator_arguments(parser)
    add_decoding_arguments(parser)


def run(arguments) -> int:
    """Write the pictures and JSON files; 1 where an image was skipped."""
    import cv2
    from tqdm import tqdm
    files = _files(arguments.photos)
    estimator = load_estimator(arguments)
    presenter = Presenter(arguments, estimator.skeleton)
    arguments.output.mkdir(parents=True, exist_ok=True)
    done = 0
    skipped = 0
    people = 0
    for path in tqdm(files, unit="image", disable=len(files) < 2):
        image = cv2.imread(str(path))
        if image is None:
            fault = "is no image" if path.exists() else "does not exist"
            print(f"pose image: {path} {fault}: skipped", file=sys.stderr)
            skipped += 1
            continue
        if arguments.fps:
            estimator(image)  # the first picture of a size is slow
        start = time.perf_counter()
        poses = estimator(image)
        rate = 1 / (time.perf_counter() - start)
        people += len(poses)
        done += 1
        document = _document(path, image, estimator.skeleton, poses)
        heads = presenter.add_heads(document, poses, image)
        presenter.print(poses, str(path))
        presenter.draw(image, poses, heads, rate)
        _write(arguments.output / path.stem, document, image)
        if not presenter.show(image, hold=True):
            break
    presenter.close()
    print(f"{done} images, {people} people, {skipped} skipped; results in {arguments.output}")
    return 1 if skipped else 0


def _document(path, image, skeleton, poses) -> dict:
    return {
        "image": path.name,
        "height": image.shape[0],
        "width": image.shape[1],
        "skeleton": skeleton.name,
        "keypoint_names": skeleton.keypoints,
        "poses": [pose_to_dict(p) for p in poses],
    }


def _write(stem: Path, document, image):
    from lightweight_openpose.video.images import write_image
    with replacing(stem.with_name(stem.name + ".json")) as partial:
        partial.write_text(json.dumps(document) + "\n")
    write_image(stem.with_name(stem.name + ".png"), image)


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

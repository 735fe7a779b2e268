"""Find the people in photos: an annotated picture and a JSON file for each."""
from __future__ import annotations

import json
import sys
from pathlib import Path

from lightweight_openpose.poses.pose_lines import pose_to_dict

from .options import add_estimator_arguments, load_estimator


def add_arguments(parser):
    parser.add_argument("images", nargs="+", type=Path, help="image files or folders")
    parser.add_argument("--output", type=Path, default=Path("poses"), help="folder for the results (default %(default)s)")
    add_estimator_arguments(parser)


def run(arguments) -> int:
    import cv2
    from tqdm import tqdm

    from lightweight_openpose.display.drawing import draw_poses
    from lightweight_openpose.video.images import IMAGE_SUFFIXES
    files = [f for p in arguments.images for f in
             (sorted(q for q in p.iterdir() if q.suffix.lower() in IMAGE_SUFFIXES) if p.is_dir() else [p])]
    estimator = load_estimator(arguments)
    arguments.output.mkdir(parents=True, exist_ok=True)
    skipped = people = 0
    for path in tqdm(files, unit="image", disable=len(files) < 2):
        image = cv2.imread(str(path))
        if image is None:
            print(f"pose image: {path} {'is no image' if path.exists() else 'does not exist'}: skipped", file=sys.stderr)
            skipped += 1
            continue
        poses = estimator(image)
        people += len(poses)
        document = {"image": path.name, "height": image.shape[0], "width": image.shape[1],
                    "skeleton": estimator.skeleton.name, "keypoint_names": estimator.skeleton.keypoints,
                    "poses": [pose_to_dict(p) for p in poses]}
        (arguments.output / f"{path.stem}.json").write_text(json.dumps(document) + "\n")
        draw_poses(image, poses, estimator.skeleton)
        cv2.imwrite(str(arguments.output / f"{path.stem}.png"), image)
    print(f"{len(files) - skipped} images, {people} people, {skipped} skipped; results in {arguments.output}")
    return 1 if skipped else 0

#!/usr/bin/env python3
"""Of the people whom one network finds in images, the share that another finds again.

Somebody is found again where a pose has the neck within a tenth of the person's height; of those
each joint that both have counts as right within a tenth of the height, too (PCK@0.1).
"""

import argparse
from pathlib import Path

import numpy as np
from tqdm import tqdm

from lightweight_openpose.estimation import PoseEstimator
from lightweight_openpose.video.images import read_image

SHARE = 0.1  # of a person's height


def main():
    """Print both shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="name or path of the network that is judged")
    parser.add_argument("images", type=Path, help="folder of JPEG images")
    parser.add_argument("--teacher", default="own", help="(default %(default)s)")
    parser.add_argument("--height", type=int, default=184, help="of the input [px]")
    arguments = parser.parse_args()
    judged = PoseEstimator.load(arguments.model, input_height=arguments.height)
    teacher = PoseEstimator.load(arguments.teacher, input_height=arguments.height)
    neck = teacher.skeleton.index("neck")
    people = found = extra = 0
    right = []
    for path in tqdm(sorted(arguments.images.glob("*.jpg")), unit="image"):
        image = read_image(path)
        left = [pose for pose in judged(image) if pose.found[neck]]
        for person in teacher(image):
            if not person.found[neck]:
                continue
            people += 1
            reach = SHARE * person.bbox[3]
            errors = [np.linalg.norm((p.keypoints - person.keypoints)[:, :2], axis=1) for p in left]
            nearest = min(range(len(left)), key=lambda i: errors[i][neck], default=None)
            if nearest is None or errors[nearest][neck] > reach:
                continue
            found += 1
            both = person.found & left.pop(nearest).found
            right.extend(errors[nearest][both] <= reach)
        extra += len(left)
    print(
        f"{found} of {people} people found again ({found / max(1, people):.3f}), {extra} others; "
        f"PCK@{SHARE:g} of their joints {np.mean(right or [0]):.3f}"
    )


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What a face costs beside the network that finds people: both in turn on one photograph, median
milliseconds and the ratio.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.faces import FaceEstimator, face_crop
from lightweight_openpose.video.images import read_image

HEIGHTS = (256, 368)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photograph", type=Path, help="of somebody who faces the camera")
    parser.add_argument("--face", default="own-face", help="network of faces")
    parser.add_argument("--model", default="own", help="network that finds people")
    parser.add_argument("--rounds", type=int, default=200)
    arguments = parser.parse_args()
    image = read_image(arguments.photograph)
    estimator = PoseEstimator.load(arguments.model, input_height=368)
    faces = FaceEstimator.load(arguments.face, max_faces=1)
    people = [
        p for p in estimator(image) if face_crop(p.keypoints, estimator.skeleton) is not None
    ][:1]
    if not people:
        raise SystemExit(f"nobody in {arguments.photograph} shows nose, eyes and ears")
    calls = {f"{arguments.model} at {h}": lambda h=h: estimator.infer(image, h) for h in HEIGHTS}
    calls["one face"] = lambda: faces.complete(image, people, estimator.skeleton)
    taken = {name: [] for name in calls}
    for number in range(arguments.rounds + 5):
        for name, call in calls.items():
            begin = time.perf_counter()
            call()
            if number >= 5:
                taken[name].append(1000 * (time.perf_counter() - begin))
    medians = {name: float(np.median(values)) for name, values in taken.items()}
    for name, median in medians.items():
        share = medians["one face"] / median
        print(f"{name:24} {median:6.2f} ms; of it a face is {share:.3f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

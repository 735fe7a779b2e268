#!/usr/bin/env python3
"""One model beside another on every frame of a video or photograph of a folder: people found by
both (OKS of at least 0.5), by one alone, and sheets of pictures to look at, the reference above the
model.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment
from tqdm import tqdm

from lightweight_openpose.display.drawing import draw_poses
from lightweight_openpose.display.labels import WHITE, put_text
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.poses.oks import oks
from lightweight_openpose.video.sources import Source, SourceError

SAME = 0.5  # OKS from which two poses are of one person
COLUMNS = 6  # of a sheet
ROWS = 3
WIDTH = 320  # of a picture [px]
HEIGHT = 240


def similarities(ours, theirs, sigmas):
    """OKS of the pairs of poses that are one person."""
    rows = [[oks(a.keypoints, b.keypoints, sigmas) for b in theirs] for a in ours]
    table = np.array(rows).reshape(len(ours), len(theirs))
    pairs = table[linear_sum_assignment(-table)]
    return pairs[pairs >= SAME]


def drawn(image, poses, skeleton, label):
    picture = image.copy()
    draw_poses(picture, poses, skeleton)
    scale = min(WIDTH / image.shape[1], HEIGHT / image.shape[0])
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[
        :HEIGHT, :WIDTH
    ]
    picture = np.pad(
        picture, ((0, HEIGHT - picture.shape[0]), (0, WIDTH - picture.shape[1]), (0, 0))
    )
    put_text(picture, label, (4, 14), 0.4, WHITE)
    return picture


def write_sheets(cells, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for number, first in enumerate(range(0, len(cells), COLUMNS * ROWS)):
        part = cells[first : first + COLUMNS * ROWS]
        part += [np.zeros_like(part[0])] * (-len(part) % COLUMNS)
        rows = [np.hstack(part[i : i + COLUMNS]) for i in range(0, len(part), COLUMNS)]
        cv2.imwrite(str(folder / f"sheet_{number:03d}.jpg"), np.vstack(rows))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", help="video, or folder of photographs")
    parser.add_argument("--model", default="own")
    parser.add_argument("--reference", default="human-pose-estimation-0001")
    parser.add_argument(
        "--height", type=int, default=368, help="of the networks' input [px] (default %(default)s)"
    )
    parser.add_argument(
        "--min-score", type=float, default=0.0, help="of the poses of both (default %(default)s)"
    )
    parser.add_argument("--sheets", type=Path, help="folder for the pictures")
    parser.add_argument(
        "--every",
        type=int,
        default=1,
        help="picture on the sheets of every so many frames (default %(default)s)",
    )
    arguments = parser.parse_args()
    reference, model = (
        PoseEstimator.load(m, input_height=arguments.height)
        for m in (arguments.reference, arguments.model)
    )
    try:
        source = Source(arguments.source)
    except SourceError as error:
        raise SystemExit(str(error)) from None
    if arguments.every < 1 or model.skeleton.keypoints != reference.skeleton.keypoints:
        raise SystemExit("--every must be 1 or more, and both models must have the same keypoints")
    people = 0
    ours_all = 0
    found = []
    cells = []
    for number, frame in enumerate(tqdm(source, unit="frame")):
        image = frame.image
        theirs, ours = (
            [p for p in estimator(image) if p.score >= arguments.min_score]
            for estimator in (reference, model)
        )
        same = similarities(ours, theirs, np.array(model.skeleton.sigmas))
        people += len(theirs)
        ours_all += len(ours)
        found += list(same)
        if arguments.sheets and number % arguments.every == 0:
            label = f"{len(same)} of {len(theirs)}, {len(ours)} found"
            above = drawn(image, theirs, reference.skeleton, str(number))
            cells.append(np.vstack([above, drawn(image, ours, model.skeleton, label)]))
    if not people:
        raise SystemExit(f"{arguments.reference} found nobody in {arguments.source}")
    if cells:
        write_sheets(cells, arguments.sheets)
    print(
        f"{people} people of {arguments.reference}, {ours_all} of {arguments.model}: {len(found)} "
        f"are the same, mean OKS {np.mean(found) if found else 0:.2f}; "
        f"{100 * len(found) / people:.0f} % found, "
        f"{100 * (ours_all - len(found)) / max(1, ours_all):.0f} % of its own are of the model "
        "alone"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

#!/usr/bin/env python3
"""Where a model's AP is lost beside a reference's: in joints out of place, in joints or in people
that it lacks. COCO AP with these mended one after another, and how far its joints are from the
reference's.
"""
import argparse
from pathlib import Path

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment
from tqdm import tqdm

from lightweight_openpose.analysis.coco_ap import coco_ap, read_labels, to_coco
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.poses.oks import oks
from lightweight_openpose.poses.pose import Pose

SAME = 0.2  # OKS from which two poses are of one person, though a joint or two be far off


def pairs_of(ours, theirs, sigmas):
    """Our pose -> their pose of the same person, as numbers."""
    rows = [[oks(a.keypoints, b.keypoints, sigmas) for b in theirs] for a in ours]
    table = np.array(rows).reshape(len(ours), len(theirs))
    return {i: j for i, j in zip(*linear_sum_assignment(-table)) if table[i, j] >= SAME}


def in_both(a, b):
    return (a.keypoints[:, 2] > 0) & (b.keypoints[:, 2] > 0)


def offsets(a, b, cells):
    """(K,) [cells] between the joints of two poses; NaN for a joint that either lacks."""
    between = np.hypot(*(a.keypoints[:, :2] - b.keypoints[:, :2]).T) * cells
    return np.where(in_both(a, b), between, np.nan)


def mended(pose, theirs, cells, least=0.0, most=np.inf, add=False):
    """A pose with its joints that are least to most cells from theirs moved to where theirs are.

    add: the joints that it lacks are added.
    """
    keypoints = pose.keypoints.copy()
    away = offsets(pose, theirs, cells)
    moved = (away >= least) & (away < most)
    keypoints[moved, :2] = theirs.keypoints[moved, :2]
    if add:
        new = (keypoints[:, 2] <= 0) & (theirs.keypoints[:, 2] > 0)
        keypoints[new] = theirs.keypoints[new]
    return Pose(keypoints, pose.score)


def read_poses(model, paths, height):
    """The estimator, and for each photograph its poses and the cells per pixel."""
    estimator = PoseEstimator.load(model, input_height=height)
    seen = []
    for path in tqdm(paths, unit="image"):
        image = cv2.imread(str(path))
        if image is None:
            raise SystemExit(f"{path} cannot be read")
        maps = estimator.infer(image)
        seen.append((estimator.decode(maps), maps.pixel_map.scale[1] / estimator.stride))
    return estimator, seen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labels", help="COCO keypoint file")
    parser.add_argument("images", type=Path)
    parser.add_argument("--model", default="own")
    parser.add_argument("--reference", default="lightweight-openpose")
    parser.add_argument(
        "--height", type=int, default=368, help="of the networks' input [px] (default %(default)s)"
    )
    arguments = parser.parse_args()
    labels = read_labels(arguments.labels)
    infos = labels.loadImgs(sorted(labels.getImgIds()))
    paths = [arguments.images / info["file_name"] for info in infos]
    estimator, seen = read_poses(arguments.model, paths, arguments.height)
    reference, wanted = read_poses(arguments.reference, paths, arguments.height)
    skeleton = estimator.skeleton
    if skeleton.keypoints != reference.skeleton.keypoints:
        raise SystemExit("both models must have the same keypoints")
    sigmas = np.array(skeleton.sigmas)
    photographs = [
        (ours, theirs, pairs_of(ours, theirs, sigmas), cells)
        for (ours, cells), (theirs, _) in zip(seen, wanted)
    ]

    def row(name, people=False, **how):
        found = []
        for info, (ours, theirs, pairs, cells) in zip(infos, photographs):
            poses = [
                mended(pose, theirs[pairs[i]], cells, **how) if i in pairs else pose
                for i, pose in enumerate(ours)
            ]
            if people:
                poses += [pose for j, pose in enumerate(theirs) if j not in pairs.values()]
            found += to_coco(poses, info["id"], skeleton)
        ap = coco_ap(labels, found)[0]
        print(f"| {name} | {100 * ap[0]:.1f} | {100 * ap[3]:.1f} | {100 * ap[4]:.1f} |", flush=True)

    print("| poses of the model | AP | medium | large |\n| --- | --- | --- | --- |")
    row("as they are", most=0)
    row("joints less than a cell off put where the reference has them", most=1)
    row("joints two cells and more off", least=2)
    row("all joints")
    row("and those added that the reference alone has", add=True)
    row("and its people", add=True, people=True)
    print("\n| joint | median offset, cells | two cells and more off, % |\n| --- | --- | --- |")
    away = [
        offsets(ours[i], theirs[j], cells)
        for ours, theirs, pairs, cells in photographs for i, j in pairs.items()
    ]
    for name, values in zip(skeleton.keypoints, np.array(away).T):
        values = values[~np.isnan(values)]
        print(f"| {name} | {np.median(values):.2f} | {100 * np.mean(values >= 2):.0f} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

#!/usr/bin/env python3
"""Where a model's AP is lost beside a reference's: in joints out of place, in joints or in people
that it lacks. COCO AP with these mended one after another, and how far its joints are from the
reference's.
"""

import numpy as np
from mixed_maps import infer, read_arguments
from scipy.optimize import linear_sum_assignment

from lightweight_openpose.analysis.coco_ap import coco_ap, to_coco
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.poses.oks import extents, oks
from lightweight_openpose.poses.pose import Pose

SAME = 0.2  # OKS from which two poses are of one person, though a joint or two be far off
HEIGHTS = (0, 12, 24, np.inf)  # [cells] between which people are judged apart


def pairs_of(ours, theirs, sigmas):
    """Our pose -> their pose of the same person, as numbers."""
    rows = [[oks(a.keypoints, b.keypoints, sigmas) for b in theirs] for a in ours]
    table = np.array(rows).reshape(len(ours), len(theirs))
    return {i: j for i, j in zip(*linear_sum_assignment(-table)) if table[i, j] >= SAME}


def offsets(a, b, cells):
    """(K,) [cells] between the joints of two poses; NaN for a joint that either lacks."""
    between = np.hypot(*(a.keypoints[:, :2] - b.keypoints[:, :2]).T) * cells
    return np.where((a.keypoints[:, 2] > 0) & (b.keypoints[:, 2] > 0), between, np.nan)


def mended(pose, theirs, cells, nearest=0.0, farthest=np.inf, add=False):
    """A pose with its joints that are nearest to farthest cells from theirs moved to where theirs are.

    add: the joints that it lacks are added.
    """
    keypoints = pose.keypoints.copy()
    away = offsets(pose, theirs, cells)
    moved = (away >= nearest) & (away < farthest)
    keypoints[moved, :2] = theirs.keypoints[moved, :2]
    if add:
        new = (keypoints[:, 2] <= 0) & (theirs.keypoints[:, 2] > 0)
        keypoints[new] = theirs.keypoints[new]
    return Pose(keypoints, pose.score)


def read_poses(model, paths, height):
    """The estimator, and for each photograph its poses and the cells per pixel."""
    estimator = PoseEstimator.load(model, input_height=height)
    return estimator, [
        (estimator.decode(maps), maps.pixel_map.scale[1] / estimator.stride)
        for maps in infer(estimator, paths)
    ]


def print_offsets(photographs, names):
    """How far joints are from the reference's: by joint, then by the height of the person."""
    pairs = [
        (ours[i], theirs[j], cells)
        for ours, theirs, same, cells in photographs
        for i, j in same.items()
    ]
    away = np.array([offsets(*pair) for pair in pairs])
    tall = np.array([np.diff(extents(b.keypoints[None]), axis=0)[0, 1, 0] * c for _, b, c in pairs])
    print("\n| joint | median offset, cells | two cells and more off, % |\n| --- | --- | --- |")
    for name, values in zip(names, away.T):
        print(f"| {name} | {np.nanmedian(values):.2f} | {far(values):.0f} |")
    print("\n| people's height, cells | joints two cells and more off, % |\n| --- | --- |")
    for low, high in zip(HEIGHTS[:-1], HEIGHTS[1:]):
        rows = away[(tall >= low) & (tall < high)]
        print(f"| {low} to {high} | {far(rows):.0f} |")


def far(values):
    """Share [%] of the offsets that are two cells and more."""
    return 100 * np.mean(values[~np.isnan(values)] >= 2)


def main() -> int:
    arguments, labels, infos, paths = read_arguments(__doc__, "lightweight-openpose")
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
    row("as they are", farthest=0)
    row("joints less than a cell off put where the reference has them", farthest=1)
    row("joints two cells and more off", nearest=2)
    row("all joints")
    row("and those added that the reference alone has", add=True)
    row("and its people", add=True, people=True)
    print_offsets(photographs, skeleton.keypoints)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

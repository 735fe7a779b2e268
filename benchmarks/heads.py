#!/usr/bin/env python3
"""Head angles of one model beside those of another on a folder of photographs: heads found by both,
and how far they differ.
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.head import HEAD_INDICES, solve_head
from lightweight_openpose.video.images import IMAGE_SUFFIXES

FIELD_OF_VIEW = np.radians(60)  # the nodes' guess for cameras without calibration


def heads(estimator, image):
    """(centre px, width px, angles deg) of each head whose angles are known."""
    found = []
    for pose in estimator(image):
        head, _ = solve_head(pose.keypoints, Camera.assumed_for(*image.shape[1::-1], FIELD_OF_VIEW))
        if head is not None:
            joints = pose.keypoints[list(HEAD_INDICES)]
            joints = joints[joints[:, 2] > 0, :2]
            angles = np.degrees([head.yaw, head.pitch, head.roll])
            found.append((joints.mean(0), np.ptp(joints, 0).max(), angles))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path, help="folder of photographs")
    parser.add_argument("--model", default="own")
    parser.add_argument("--reference", default="human-pose-estimation-0001")
    parser.add_argument(
        "--height", type=int, default=368, help="of the networks' input [px] (default %(default)s)"
    )
    parser.add_argument(
        "--min-width",
        type=float,
        default=20,
        help="of the reference's heads [px] (default %(default)s)",
    )
    arguments = parser.parse_args()
    paths = sorted(p for p in arguments.images.glob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
    if not paths:
        raise SystemExit(f"{arguments.images} is no folder with images")
    reference, model = (
        PoseEstimator.load(m, input_height=arguments.height)
        for m in (arguments.reference, arguments.model)
    )
    wanted = 0
    differences = []
    for path in tqdm(paths, unit="image"):
        image = cv2.imread(str(path))
        if image is None:
            continue
        ours = heads(model, image)
        for centre, width, angles in heads(reference, image):
            if width < arguments.min_width:
                continue
            wanted += 1
            nearest = min(ours, key=lambda head: np.linalg.norm(head[0] - centre), default=None)
            if nearest is not None and np.linalg.norm(nearest[0] - centre) < width / 2:
                differences.append((nearest[2] - angles + 180) % 360 - 180)
    if not differences:
        raise SystemExit("no head was found by both")
    rows = np.percentile(np.abs(differences), (50, 90), axis=0)
    median, most = (", ".join(f"{v:.1f}" for v in row) for row in rows)
    print(
        f"{len(differences)} of {wanted} heads found by both; they differ in yaw, pitch, roll "
        f"[deg] by {median} (median), {most} (p90)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

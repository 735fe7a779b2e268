#!/usr/bin/env python3
"""Joints by depth of a second camera against depth that was registered to the colour image: how far
off they are and what a person costs. The scene of boxes is rendered, so that the truth is known.
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "test"))
from box_scene import boxes_of, distances, rendered
from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.lifting import lift, lift_by
from lightweight_openpose.geometry.rigid_transform import RigidTransform
from lightweight_openpose.geometry.separate_depth import SeparateDepth, pixel_directions
from lightweight_openpose.geometry.uncertainty import depth_deviation
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import COCO18
from people import body, seen

# About a RealSense D435's: 69 deg of colour, 90 deg of depth.
COLOR = Camera(np.array([[615, 0, 423.5], [0, 615, 239.5], [0, 0, 1.0]]))
DEPTH = Camera(np.array([[425, 0, 423.5], [0, 425, 239.5], [0, 0, 1.0]]))
SIZE = (480, 848)  # of both, height and width [px]
BASELINES = (0.015, 0.05, 0.15)  # m
TURNS = (0.0, 0.4)  # rad
DISTANCES = (1.5, 3.0)  # m
REPEATS = 15


def noisy(depth, rng):
    """As a depth camera gives it: with its noise, in whole millimetres."""
    deviation = depth_deviation(depth)
    return np.round(depth + rng.normal(0, 1, depth.shape) * deviation, 3).astype(np.float32)


def milliseconds(function):
    """Median time of a call [ms], and what the last one returned."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        result = function()
        times.append(1000 * (time.perf_counter() - start))
    return float(np.median(times)), result


def errors_of(points, pose, boxes):
    """Errors along the optical axis [m] of the joints in the image, NaN where there is no depth."""
    xy = pose.keypoints[:, :2]
    rays = np.column_stack([COLOR.rays(xy), np.ones(len(xy))])
    inside = ((xy >= 0) & (xy < SIZE[::-1])).all(1)
    return np.abs(points[:, 2] - distances(np.zeros(3), rays, boxes))[inside]


def measure(baseline, rng):
    """Times [ms] and errors [m] of both ways, over people and distances."""
    to_color = RigidTransform(np.eye(3), np.array([-baseline, 0, 0]))
    directions = pixel_directions(DEPTH, *SIZE, to_color)
    times, errors = [], []
    for distance in DISTANCES:
        for turn in TURNS:
            joints = body(distance, turn)
            boxes = boxes_of(joints)
            pose = Pose(seen(joints, COLOR), 0.8)
            registered = noisy(rendered(COLOR, SIZE, RigidTransform.identity(), boxes), rng)
            depth = noisy(rendered(DEPTH, SIZE, to_color, boxes), rng)
            view = SeparateDepth(depth, directions, DEPTH, COLOR, to_color)
            one, points = milliseconds(lambda: lift(pose, registered, COLOR, COCO18))
            other, moved = milliseconds(lambda: lift_by(pose, view.around, COLOR, COCO18))
            times.append((one, other))
            errors.append([errors_of(found, pose, boxes) for found in (points, moved)])
    return np.median(times, axis=0), [np.concatenate(e) for e in zip(*errors)]


def main() -> int:
    rng = np.random.default_rng(0)
    for baseline in BASELINES:
        (one, other), errors = measure(baseline, rng)
        print(
            f"{100 * baseline:.1f} cm beside: {other:.2f} ms a person, registered {one:.2f} ms, "
            f"ratio {other / one:.1f}"
        )
        for name, values in zip(("registered", "separate"), errors):
            known = 100 * values[np.isfinite(values)]
            median, most = np.quantile(known, (0.5, 0.9))
            print(
                f"  {name}: {len(known)} of {len(values)} joints, median {median:.1f} cm, "
                f"90 % {most:.1f}, worst {known.max():.1f}"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())

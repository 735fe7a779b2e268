#!/usr/bin/env python3
"""The picture of doc/ros_api.md: the canonical face that has yaw, pitch and roll zero, from the
front and from its left, and where the package's network puts nose, eyes and ears on it.
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from lightweight_openpose.geometry.head_model import HEAD_KEYPOINTS, head_model
from lightweight_openpose.poses.skeleton_file import find_skeleton

AXES = {"x": "tab:red", "y": "tab:green", "z": "tab:blue"}
LENGTH = 0.06  # m


def draw(axes, across, points, joints, title):
    """One view; across: axis (0 x, 1 y) that goes to the right."""
    skeleton = find_skeleton("face_32")
    for a, b in skeleton.limbs:
        if skeleton.points[a] is not None and skeleton.points[b] is not None:
            axes.plot(*points[[a, b]][:, [across, 2]].T, color="0.6", lw=1)
    rigid = np.isfinite(points[:, 0])
    axes.plot(*points[rigid][:, [across, 2]].T, ".", color="0.35", ms=5)
    axes.plot(*joints[:, [across, 2]].T, "o", color="tab:orange", ms=7, mfc="none", mew=2)
    for name, joint in zip(HEAD_KEYPOINTS, joints):
        if across == 0 and name.startswith("right"):
            continue  # behind the left one
        axes.annotate(
            name.replace("_", " "),
            joint[[across, 2]],
            (4, 6),
            fontsize=7,
            textcoords="offset points",
            color="tab:orange",
        )
    for axis, (name, color) in enumerate(AXES.items()):
        tip = LENGTH * np.eye(3)[axis][[across, 2]]
        if tip.any():
            axes.annotate("", tip, (0, 0), arrowprops={"arrowstyle": "->", "color": color, "lw": 2})
            axes.text(*tip, f" {name}", color=color, fontsize=10)
    axes.set_aspect("equal")
    axes.set_title(title, fontsize=9)
    axes.set_xlim(-0.11, 0.11)
    axes.set_ylim(-0.06, 0.07)
    axes.axis("off")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path, help="such as doc/head.png")
    arguments = parser.parse_args()
    points = np.array([p or (np.nan,) * 3 for p in find_skeleton("face_32").points], float)
    joints = head_model("own").points
    figure = Figure(figsize=(7, 2.4), dpi=110)
    front, side = figure.subplots(1, 2)
    draw(front, 1, points, joints, "towards the camera: yaw 0, pitch 0, roll 0")
    draw(side, 0, points, joints, "from its left")
    figure.tight_layout()
    figure.savefig(arguments.output)


if __name__ == "__main__":
    main()

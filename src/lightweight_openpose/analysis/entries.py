"""Poses in the layout of the Lightweight OpenPose code, for programs that were written for it."""

from __future__ import annotations

from typing import List, Sequence, Tuple

import numpy as np

from lightweight_openpose.poses import Pose


def entries_of(poses: Sequence[Pose], num_keypoints: int) -> Tuple[np.ndarray, np.ndarray]:
    """pose_entries (n, K + 2) and all_keypoints (m, 4) of n people with m joints found.

    A row of pose_entries: per joint its row in all_keypoints, -1 where it was not found; then the
    person's score, and the number of joints. A row of all_keypoints: x, y [px of the image], score
    [0, 1], id (its own row). As there, the rows are ordered by joint and then by person.
    """
    entries = np.full((len(poses), num_keypoints + 2), -1.0)
    keypoints: List[List[float]] = []
    for joint in range(num_keypoints):
        for entry, pose in zip(entries, poses):
            if pose.found[joint]:
                entry[joint] = len(keypoints)
                keypoints.append([*map(float, pose.keypoints[joint]), len(keypoints)])
    for entry, pose in zip(entries, poses):
        entry[-2:] = pose.score, pose.num_keypoints
    return entries, np.array(keypoints, float).reshape(-1, 4)


def entries_text(poses: Sequence[Pose], num_keypoints: int) -> str:
    """Both arrays as Python would write them, in full."""
    entries, keypoints = entries_of(poses, num_keypoints)
    with np.printoptions(
        threshold=entries.size + keypoints.size + 1, precision=3, suppress=True, linewidth=200
    ):
        return f"pose_entries = {entries!r}\nall_keypoints = {keypoints!r}"

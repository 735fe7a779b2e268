"""Joints in metres: from a depth image of the same camera, or coarsely from the torso's size."""

from __future__ import annotations

from functools import partial
from typing import Callable, List, Optional, Sequence, Set, Tuple

import numpy as np

from lightweight_openpose.poses import Pose, Skeleton

from .camera import Camera

# Half side of the window around a joint, as a share of the person's size: about a wrist's radius.
WINDOW = 0.02
MAX_RADIUS = 15  # px
SURFACE_GAP = 0.03  # of the depth; pixels further apart than this belong to different surfaces
MIN_SHARE = 0.1  # of the window's pixels that a surface must have
MAX_STEP = 0.5  # m along the optical axis from one end of a limb to the other
SHARE = 0.6  # of the joints of the background that a person before it must have
MAX_GAP = 0.65  # m, likewise, where joints in between have no depth
# Shares of the body's height (Drillis and Contini 1966).
TORSO = 0.30  # length from neck to the middle of the hips
SHOULDERS = 0.23  # distance of the shoulder joints

# (K, 2) pixels of the colour image and half the side of a window [px] -> for each the distances [m]
# along the optical axis of what the window shows.
Around = Callable[[np.ndarray, int], List[np.ndarray]]


def lift(pose: Pose, depth: np.ndarray, camera: Camera, skeleton: Skeleton) -> np.ndarray:
    """(K, 4) joints of a pose: [x, y, z in metres in the optical frame, score].

    NaN where there is no depth of the person. depth: (H, W) metres along the optical axis,
    registered to the image of the pose and of its size; NaN, infinite and 0 where unknown. What
    stands before or behind the person is recognized by its distance from the neighbouring
    joints.
    """
    return lift_by(pose, partial(windows, depth), camera, skeleton)


def lift_by(pose: Pose, around: Around, camera: Camera, skeleton: Skeleton) -> np.ndarray:
    """(K, 4) joints as `lift` gives them, by the distances that there are around each of them."""
    xy = pose.keypoints[:, :2].astype(float)
    directions = camera.rays(xy)
    radius = _window_radius(pose)
    surfaces = [_surfaces(values) for values in around(xy, radius)]
    z = _consistent(surfaces, skeleton.limbs)
    missed = np.flatnonzero(pose.found & np.isnan(z))
    if len(missed):  # the joint may lie a little next to a thin limb
        for i, values in zip(missed, around(xy[missed], 2 * radius)):
            surfaces[i] = _surfaces(values)
        z = _consistent(surfaces, skeleton.limbs)
    return _points(directions, z, pose.keypoints[:, 2])


def _window_radius(pose: Pose) -> int:
    """Half side [px] of the windows around the joints."""
    if not pose.num_keypoints:
        return 1
    return int(np.clip(round(WINDOW * max(pose.bbox[2:])), 1, MAX_RADIUS))


def _points(directions: np.ndarray, z: np.ndarray, scores: np.ndarray) -> np.ndarray:
    points = np.column_stack([directions * z[:, None], z, scores]).astype(np.float32)
    points[np.isnan(points[:, :3]).any(1), :3] = np.nan
    return points


def windows(depth: np.ndarray, xy: np.ndarray, radius: int) -> List[np.ndarray]:
    """Known distances [m] of a registered depth image (H, W) around pixels (K, 2): an Around."""
    return [_window(depth, x, y, radius) for x, y in xy]


def _window(depth: np.ndarray, x: float, y: float, radius: int) -> np.ndarray:
    if not (np.isfinite(x) and np.isfinite(y)):
        return np.empty(0, np.float32)
    column = int(round(x))
    row = int(round(y))
    window = depth[
        max(0, row - radius) : max(0, row + radius + 1),
        max(0, column - radius) : max(0, column + radius + 1),
    ]
    return window[np.isfinite(window) & (window > 0)]


def _surfaces(values: np.ndarray) -> List[float]:
    """Distances [m] of the surfaces that distances in a window are of, nearest first."""
    values = np.sort(values, axis=None)
    if not len(values):
        return []
    edges = np.flatnonzero(np.diff(values) > SURFACE_GAP * values[:-1]) + 1
    return [
        float(np.median(part))
        for part in np.split(values, edges)
        if len(part) >= max(2, MIN_SHARE * len(values))
    ]


def _consistent(surfaces: List[List[float]], limbs: Sequence[Tuple[int, int]]) -> np.ndarray:
    """(K,) distances such that most joints have one and no limb reaches further than a person's.

    NaN for the others. A joint gets the nearest of the surfaces that it could lie on. The body is
    the nearest of those that could be put together with at least SHARE of the joints of the
    fullest: the person is before the background.
    """
    beside: List[List[int]] = [[] for _ in surfaces]
    for a, b in limbs:
        beside[a].append(b)
        beside[b].append(a)
    bodies: List[np.ndarray] = []
    used: Set[Tuple[int, float]] = set()  # (joint, distance) that a body has
    for start, root in sorted((z, i) for i, found in enumerate(surfaces) for z in found):
        if (root, start) not in used:
            z = _grow(root, start, surfaces, beside)
            bodies.append(z)
            used.update((i, z[i]) for i in np.flatnonzero(np.isfinite(z)))
    counts = [int(np.isfinite(z).sum()) for z in bodies]
    seen = sum(bool(found) for found in surfaces)
    if not counts or max(counts) < min(2, seen):
        return np.full(len(surfaces), np.nan)
    return next(z for z, count in zip(bodies, counts) if count >= SHARE * max(counts))


def _grow(
    root: int, start: float, surfaces: List[List[float]], beside: List[List[int]]
) -> np.ndarray:
    """(K,) distances of the joints that can be of one body with joint `root` at `start` [m]."""
    z = np.full(len(surfaces), np.nan)
    z[root] = start
    visited = {root}
    front = [(root, start, MAX_STEP)]
    while front:
        joint, distance, limit = front.pop(0)
        for other in beside[joint]:
            if other in visited:
                continue
            visited.add(other)
            fits = [d for d in surfaces[other] if abs(d - distance) <= limit]
            if fits:
                z[other] = fits[0]
                front.append((other, fits[0], MAX_STEP))
            else:
                front.append((other, distance, MAX_GAP))
    return z


def guess_distance(
    pose: Pose, camera: Camera, skeleton: Skeleton, height: float
) -> Optional[float]:
    """Distance [m] of a standing person of that body height [m] by the size of the torso.

    None when it is not seen. The nearer of the guesses by the length of the torso and by the width
    of the shoulders: turning away or bending makes them look smaller, never larger.
    """
    xy = dict(zip(skeleton.keypoints, camera.rays(pose.keypoints[:, :2])))
    if not {"neck", "right_hip", "left_hip", "right_shoulder", "left_shoulder"} <= xy.keys():
        return None
    torso = np.linalg.norm(xy["neck"] - (xy["right_hip"] + xy["left_hip"]) / 2)
    shoulders = np.linalg.norm(xy["right_shoulder"] - xy["left_shoulder"])
    guesses = [
        float(share * height / span)
        for span, share in ((torso, TORSO), (shoulders, SHOULDERS))
        if span > 1e-6
    ]
    return min(guesses, default=None)


def lift_flat(pose: Pose, distance: float, camera: Camera) -> np.ndarray:
    """(K, 4) joints as `lift` gives them, all at one distance [m]."""
    directions = camera.rays(pose.keypoints[:, :2])
    return _points(directions, np.where(pose.found, distance, np.nan), pose.keypoints[:, 2])

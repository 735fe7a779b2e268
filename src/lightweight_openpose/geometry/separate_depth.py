"""Depth of another camera: only what may lie behind a joint is brought into the colour image.

A pixel q of the depth image with distance D shows the point P = D R K_d^-1 (q, 1) + t of the colour
camera's frame, which its ray K^-1 (p, 1) meets at the pixel p where P_x / P_z and P_y / P_z are the
ray's (Hartley and Zisserman, Multiple View Geometry, 2nd ed., 6.1; pixels without distortion). What
is behind a joint lies in the depth image along the joint's epipolar line, between the projections
of the nearest and the farthest point of its ray. The pixels around that segment are brought over,
and those that fall into the joint's window are its depths, as in an image registered as a whole.
"""

from __future__ import annotations

from typing import List

import numpy as np

from .camera import Camera
from .rigid_transform import RigidTransform

NEAR = 0.3  # m; nothing nearer to the colour camera is looked for
FAR = 20.0  # m
_STEPS = np.geomspace(NEAR, FAR, 8)  # m; a distorted line bends between the ends
_IN_FRONT = 0.05  # m; what is nearer to the depth camera has no projection


def pixel_directions(
    camera: Camera, height: int, width: int, to_color: RigidTransform
) -> np.ndarray:
    """(3, H, W) float32 by how much a point moves with the depth of each pixel of a depth camera.

    camera: that one; to_color: from its optical frame to that of the colour camera.
    """
    pixels = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1)
    rays = camera.rays(pixels.reshape(-1, 2).astype(float))
    directions = to_color.rotation @ np.vstack([rays.T, np.ones(len(rays))])
    return directions.reshape(3, height, width).astype(np.float32)


class SeparateDepth:
    """Depths around pixels of the colour image, from the image of a separate depth camera."""

    def __init__(
        self,
        depth: np.ndarray,
        directions: np.ndarray,
        depth_camera: Camera,
        camera: Camera,
        to_color: RigidTransform,
    ):
        """depth: (H, W) [m]; NaN, infinite and 0 where unknown.

        directions: pixel_directions of depth_camera; camera: of the colour image; to_color: from
        the depth camera's optical frame to its own.
        """
        self._depth = depth
        self._directions = directions
        self._depth_camera = depth_camera
        self._camera = camera
        self._to_color = to_color
        # A window has to hold some pixels of a depth image that is coarser.
        self._min_radius = int(np.ceil(camera.matrix[0, 0] / depth_camera.matrix[0, 0]))

    def around(self, xy: np.ndarray, radius: int) -> List[np.ndarray]:
        """Depths [m] along the colour camera's axis in windows of half side radius [px].

        xy: (K, 2) pixels of the colour image, NaN for a joint that was not found.
        """
        radius = max(radius, self._min_radius)
        found = np.flatnonzero(np.isfinite(xy).all(1))
        values = [np.empty(0, np.float32)] * len(xy)
        if len(found):
            focal_lengths = np.diag(self._camera.matrix)[:2]
            half = ((radius + 0.5) / focal_lengths).astype(np.float32)
            rays = self._camera.rays(xy[found])
            single: np.ndarray = rays.astype(np.float32)
            for i, ray, box in zip(found, single, self._boxes(rays, half)):
                values[i] = self._depths(box, ray, half)
        return values

    def _boxes(self, rays: np.ndarray, half: np.ndarray) -> np.ndarray:
        """(N, 4) left, top, right, bottom in the depth image, right and bottom outside."""
        corners = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]]) * half
        ends = (rays[:, None] + corners).reshape(-1, 2)
        ends = np.column_stack([ends, np.ones(len(ends))])
        points = self._to_color.inverse.apply(ends[:, None] * _STEPS[:, None]).reshape(-1, 3)
        pixels = self._depth_camera.project(points)
        pixels[points[:, 2] < _IN_FRONT] = np.nan
        pixels = pixels.reshape(len(rays), -1, 2)
        size = self._depth.shape[::-1]
        first = np.floor(np.fmin.reduce(pixels, axis=1)) - 1
        last = np.ceil(np.fmax.reduce(pixels, axis=1)) + 2
        boxes = np.concatenate([np.clip(first, 0, size), np.clip(last, 0, size)], axis=1)
        return np.nan_to_num(boxes).astype(int)

    def _depths(self, box: np.ndarray, ray: np.ndarray, half: np.ndarray) -> np.ndarray:
        """Depths [m] of the pixels of a box that lie within half of a ray (x/z, y/z)."""
        left, top, right, bottom = box
        distance = self._depth[top:bottom, left:right]
        x, y, z = self._directions[:, top:bottom, left:right] * distance
        at = self._to_color.translation.astype(np.float32)
        z += at[2]
        with np.errstate(invalid="ignore"):  # of what is not finite
            inside = np.abs(x + at[0] - ray[0] * z) <= half[0] * z
            inside &= np.abs(y + at[1] - ray[1] * z) <= half[1] * z
            inside &= distance > 0
        return z[inside]

"""A photograph whose head is turned by known angles, by the depth of the canonical face and of a
skull around it. For benchmarks/turning_heads.py.
"""

import cv2
import numpy as np
from scipy.interpolate import LinearNDInterpolator
from scipy.spatial.transform import Rotation

from lightweight_openpose.geometry.face import solve_face
from lightweight_openpose.geometry.orientation import angles_of
from lightweight_openpose.geometry.rotations import matrix_of
from lightweight_openpose.poses.skeleton_file import find_skeleton

# The skull on the head's axes [m]: an ellipsoid by its centre and half axes x, y, z.
CENTRE = np.array([-0.085, 0.0, 0.005])
HALF = np.array([0.095, 0.080, 0.128])
# [m] lips, corners of the mouth, chin and jaw at rest, which face_32 leaves out because they move.
MOUTH = [
    (0.025, 0, -0.060),
    (0.020, 0, -0.080),
    (0.008, 0.025, -0.070),
    (0.008, -0.025, -0.070),
    (0.008, 0, -0.120),
    (-0.025, 0.045, -0.100),
    (-0.025, -0.045, -0.100),
    (-0.055, 0.065, -0.070),
    (-0.055, -0.065, -0.070),
]
PIVOT = np.array([-0.09, 0.0, -0.03])  # heads turn about it
SMOOTH = 0.008  # m, of the depth
RIGID, FADED = 1.1, 1.9  # times the skull: what turns with it, and what stays
ROUNDS, DAMPING = 10, 0.7  # of the iteration that inverts the displacements


class TurnedHead:
    """Pictures of a person whose head is turned in a photograph."""

    def __init__(self, photo, landmarks, camera):
        """photo: BGR (H, W, 3) uint8; landmarks: (32, 3) of face_32 in it."""
        head, reason = solve_face(landmarks, camera)
        if head is None:
            raise SystemExit(f"the face of the photograph: {reason}")
        self.photo = photo
        self.head = head
        self._camera = camera
        height, width = photo.shape[:2]
        self._grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1)
        self._points = self._surface()
        self._weight = self._rigid_weight()
        self._part = self._moving_part()

    def _project(self, points):
        """Pixels of points (..., 3) [m]: the camera is ideal."""
        matrix = self._camera.matrix
        return points[..., :2] / points[..., 2:] * matrix[0, 0] + matrix[:2, 2]

    def _placed(self, points):
        return np.asarray(points, float) @ self.head.rotation.T + self.head.translation

    def _surface(self):
        """(H, W, 3) [m] the point of the head, or behind it, that each pixel shows."""
        face = [p for p in find_skeleton("face_32").points if p is not None]
        points = self._placed([*face, *MOUTH, *_skull()])
        height, width = self.photo.shape[:2]
        corners = [(x, y) for x in (-width, 2 * width) for y in (-height, 2 * height)]
        pixels = np.concatenate([self._project(points), corners])
        behind = self._placed([CENTRE])[0, 2]
        depths = np.concatenate([points[:, 2], 4 * [behind]])
        depth = LinearNDInterpolator(pixels, depths)(self._grid)
        focal_length = self._camera.matrix[0, 0]
        depth = cv2.GaussianBlur(depth, (0, 0), SMOOTH * focal_length / self.head.translation[2])
        rays = (self._grid - self._camera.matrix[:2, 2]) / focal_length
        return np.concatenate([rays, np.ones_like(rays[..., :1])], -1) * depth[..., None]

    def _rigid_weight(self):
        """(H, W, 1) 1 on the head, 0 far from it."""
        own = (self._points - self.head.translation) @ self.head.rotation
        radius = np.sqrt((((own - CENTRE) / HALF)[..., 1:] ** 2).sum(-1))
        share = np.clip((FADED - radius) / (FADED - RIGID), 0, 1)
        return (share**2 * (3 - 2 * share))[..., None]

    def _moving_part(self):
        """Rows and columns of the photograph outside which nothing moves."""
        return tuple(
            slice(where.min(), where.max() + 1) for where in np.nonzero(self._weight[..., 0])
        )

    def angles(self, turn):
        """yaw, pitch, roll [deg] of the head turned by angles [deg] about its own axes."""
        rotation = self._turned(turn)
        pivot = self._placed([PIVOT])[0]
        translation = rotation @ -PIVOT + pivot
        return np.degrees(angles_of(rotation, translation))

    def _turned(self, turn):
        return self.head.rotation @ matrix_of(Rotation.from_euler("ZYX", np.radians(turn)))

    def picture(self, turn):
        """The photograph (H, W, 3) with the head turned by yaw, pitch, roll [deg]."""
        if not np.any(turn):
            return self.photo.copy()
        pivot = self._placed([PIVOT])[0]
        by = self._turned(turn) @ self.head.rotation.T
        pixels = self._grid[self._part]
        points = (self._points[self._part] - pivot) @ by.T + pivot
        moved = ((self._project(points) - pixels) * self._weight[self._part]).astype(np.float32)
        grid = (pixels - pixels[0, 0]).astype(np.float32)
        source = grid
        for _ in range(ROUNDS):  # the pixel that comes to lie here
            there = cv2.remap(moved, source, None, cv2.INTER_LINEAR)
            source = source + DAMPING * (grid - there - source)
        picture = self.photo.copy()
        picture[self._part] = cv2.remap(picture[self._part], source, None, cv2.INTER_CUBIC)
        return picture


def _skull():
    """Points of the front of an ellipsoid: its outline, and above the face."""
    for degrees in range(0, 360, 20):
        side, up = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        if up > -0.6:
            yield CENTRE + HALF * (0, side, up)
        yield CENTRE + HALF * (0, 1.3 * side, 1.3 * up)
        if up > 0.4:
            yield CENTRE + HALF * (np.sqrt(1 - 0.75**2), 0.75 * side, 0.75 * up)

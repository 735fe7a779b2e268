"""People of boxes before a wall, as a depth camera anywhere sees them exactly."""

import numpy as np

from lightweight_openpose.geometry.separate_depth import pixel_directions
from lightweight_openpose.poses.skeleton import COCO18

TRUNK = ((2, 8), (5, 11), (8, 11), (2, 11), (5, 8))  # shoulders and hips
HALF = 0.05  # m, of the thickness of a limb
WALL = 4.5  # m


def boxes_of(joints):
    """(N, 2, 3) corners of boxes around the limbs and the trunk."""
    ends = joints[np.array(COCO18.limbs + TRUNK)]
    return np.stack([ends.min(1) - HALF, ends.max(1) + HALF], axis=1)


def distances(origin, directions, boxes, wall=WALL):
    """(N,) how many times its direction a ray goes to what it meets first: a box or the wall."""
    directions = np.where(np.abs(directions) < 1e-9, 1e-9, directions)
    units = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    nearest = (wall - origin[2]) / directions[:, 2]
    for low, high in boxes:
        middle = (low + high) / 2 - origin
        closest = np.sqrt(max(0.0, middle @ middle - ((high - low) ** 2).sum() / 4))
        rays = np.flatnonzero(units @ middle >= closest)  # that meet the ball around the box
        towards = directions[rays]
        ends = np.sort([(low - origin) / towards, (high - origin) / towards], axis=0)
        entry, leaving = ends[0].max(1), ends[1].min(1)
        hit = (entry < leaving) & (entry > 0) & (entry < nearest[rays])
        nearest[rays[hit]] = entry[hit]
    return nearest


def rendered(camera, size, to_color, boxes):
    """(H, W) depth [m] of the boxes and the wall as a camera sees them."""
    directions = pixel_directions(camera, *size, to_color).reshape(3, -1).T.astype(float)
    return distances(to_color.translation, directions, boxes).reshape(size).astype(np.float32)

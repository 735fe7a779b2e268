"""How sure it is where a body is."""

from __future__ import annotations

import numpy as np

from lightweight_openpose.poses import Pose, Skeleton

from .body import TORSO_JOINTS
from .camera import Camera

THICKNESS = 0.05  # m; a joint lies that far behind the surface that is seen, more or less
GUESS = 0.1  # of a distance by the height of people: as they differ, stand and bend
FOCAL_LENGTH = 0.25  # of an assumed focal length: that of a field of view of 50 to 75 deg for 60


def depth_deviation(z: float) -> float:
    """Standard deviation [m] of a depth camera at a distance z [m], which grows with z^2.

    Of a structured-light camera (Nguyen, Izadi and Lovell, Modeling Kinect Sensor Noise for
    Improved 3D Reconstruction and Tracking, 3DIMPVT 2012, axial noise below 60 deg). Stereo
    cameras follow the same law, z^2 sigma_disparity / (f b).
    """
    return 0.0012 + 0.0019 * (z - 0.4) ** 2


def position_covariance(
    position: np.ndarray, pose: Pose, camera: Camera, skeleton: Skeleton, guessed: bool
) -> np.ndarray:
    """(3, 3) covariance [m^2] of a body's position in the optical frame; NaN where it is unknown.

    position: (3,) [m] as body.body_position gives it; guessed: by the height of people. It is

        J diag(s^2, s^2, sigma_z^2) J^T + sigma_f^2 g g^T

    where sigma_z^2 = depth_deviation^2 + THICKNESS^2, J is the derivative of the point
    z K^-1 (u, v, 1) by u, v [px] and z [m], and s the deviation of the joints in the image: COCO's
    sigmas of those of the torso, times the root of the person's area. The errors of a person's
    joints are alike, so that they are not divided by the number of joints. g is the derivative by
    the logarithm of an assumed focal length. A guessed distance stretches the ray as a whole: there
    is GUESS^2 position position^T instead of sigma_z.
    """
    if not np.isfinite(position).all():
        return np.full((3, 3), np.nan)
    x, y, z = position
    s = _pixel_deviation(pose, skeleton)
    along_u = np.array([z / camera.matrix[0, 0], 0, 0])
    along_v = np.array([0, z / camera.matrix[1, 1], 0])
    terms = [s * along_u, s * along_v]
    if guessed:
        terms.append(GUESS * np.asarray(position, float))
        by_focal_length = np.array([0, 0, z])
    else:
        terms.append(np.hypot(depth_deviation(z), THICKNESS) * np.array([x / z, y / z, 1]))
        by_focal_length = np.array([-x, -y, 0])
    if camera.assumed:
        terms.append(FOCAL_LENGTH * by_focal_length)
    return np.sum([np.outer(term, term) for term in terms], axis=0)


def _pixel_deviation(pose: Pose, skeleton: Skeleton) -> float:
    """Standard deviation [px] of the joints of the torso, or of all where it has none."""
    named = dict(zip(skeleton.keypoints, skeleton.sigmas))
    sigmas = [named[name] for name in TORSO_JOINTS if name in named] or list(skeleton.sigmas)
    return float(np.mean(sigmas) * np.sqrt(pose.area))

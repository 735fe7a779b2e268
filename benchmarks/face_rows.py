"""Data sets of heads (NAME.tar with NAME.json): pictures, true angles, and joints that a network
finds in them. For the benchmarks of head orientation.
"""

import json
import tarfile
from pathlib import Path

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from lightweight_openpose.estimation.faces import JOINTS
from lightweight_openpose.geometry.orientation import rotation_from_angles
from lightweight_openpose.geometry.rotations import matrix_of, rotation_of
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.video.images import decode_image

HEAD = [COCO18.index(name) for name in JOINTS]
CANVAS = 256  # [px] of the network's input that a crop is put on
GREY = (128, 128, 128)
FRONTAL = rotation_from_angles(0, 0, 0)


def read_rows(path):
    """[(row, picture)] of a data set; path: NAME.tar."""
    path = Path(path)
    rows = json.loads(path.with_suffix(".json").read_text())
    with tarfile.open(str(path)) as tar:
        return [(row, decode_image(tar.extractfile(row["file"]).read())) for row in rows]


def person_of(row):
    """The person (or photograph) that a row is of: names end in the number of the picture."""
    return row["file"].rsplit("_", 1)[0]


def stored_joints(row):
    """(5, 3) joints of the row [px of its picture, score], NaN where not found."""
    joints = [[np.nan, np.nan, 0] if j is None or None in j else j for j in row["joints"]]
    return np.array(joints, float)


def found_joints(estimator, picture, landmarks, face_px):
    """(5, 3) joints [px of the picture, score] that an estimator finds in it, NaN where none.

    The picture is put on a grey canvas so that the face has face_px in the network's input.
    """
    box = np.ptp(landmarks, 0).max()
    factor = face_px / box
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=how)
    height, width = small.shape[:2]
    top, left = (CANVAS - height) // 3, (CANVAS - width) // 2
    canvas = cv2.copyMakeBorder(
        small,
        top,
        CANVAS - height - top,
        left,
        CANVAS - width - left,
        cv2.BORDER_CONSTANT,
        value=GREY,
    )
    middle = landmarks.mean(0)
    best = np.full((5, 3), np.nan)
    nearest = 0.5 * box
    for pose in estimator(canvas):
        joints = pose.keypoints[HEAD].astype(float)
        joints[joints[:, 2] <= 0, :2] = np.nan
        joints[:, :2] = (joints[:, :2] - (left, top) + 0.5) / factor - 0.5
        if np.isfinite(joints[:, 0]).sum() < 3:
            continue
        apart = np.linalg.norm(np.nanmean(joints[:, :2], 0) - middle)
        if apart < nearest:
            best, nearest = joints, apart
    best[np.isnan(best[:, 0]), 2] = 0
    return best


class Canonical:
    """The canonical face of skeleton face_32, and how heads are turned against it."""

    def __init__(self):
        skeleton = find_skeleton("face_32")
        self.rigid = [i for i, point in enumerate(skeleton.points) if point is not None]
        self.points = np.array([skeleton.points[i] for i in self.rigid], float)

    def fit(self, landmarks):
        """(rotation (3, 3) in the optical frame, scale [px/m], shift (2,) [px], rms [px]).

        Least squares of scale * (rotation @ X)[:2] + shift, an orthographic view.
        """
        image = landmarks[self.rigid]
        design = np.hstack([self.points, np.ones((len(self.points), 1))])
        linear = np.linalg.lstsq(design, image, rcond=None)[0].T
        u, s, vt = np.linalg.svd(linear[:, :3], full_matrices=False)
        rows = u @ vt
        rotation = np.vstack([rows, np.cross(rows[0], rows[1])])
        scale = s.mean()
        for _ in range(10):  # Gauss-Newton; the nearest rotation above weighs axes unequally
            seen = self.points @ rotation.T
            shift = (image - scale * seen[:, :2]).mean(0)
            left = (image - scale * seen[:, :2] - shift).ravel()
            jacobian = np.zeros((len(seen), 2, 6))
            jacobian[:, 0, 1], jacobian[:, 0, 2] = scale * seen[:, 2], -scale * seen[:, 1]
            jacobian[:, 1, 0], jacobian[:, 1, 2] = -scale * seen[:, 2], scale * seen[:, 0]
            jacobian[:, :, 3] = seen[:, :2]
            jacobian[:, 0, 4] = jacobian[:, 1, 5] = 1
            step = np.linalg.lstsq(jacobian.reshape(-1, 6), left, rcond=None)[0]
            rotation = matrix_of(Rotation.from_rotvec(step[:3])) @ rotation
            scale += step[3]
        shift = (image - scale * (self.points @ rotation.T)[:, :2]).mean(0)
        left = image - scale * (self.points @ rotation.T)[:, :2] - shift
        return rotation, scale, shift, float(np.sqrt((left**2).sum(1).mean()))


def angles_deg(rotation):
    """yaw, pitch, roll [deg] of a rotation in the optical frame, seen along the optical axis."""
    return rotation_of(FRONTAL.T @ rotation).as_euler("ZYX", degrees=True)

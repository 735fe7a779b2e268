"""Labelled heads of public data sets, in their folders as they are unpacked.

Each has its own signs. Left and right are the person's own.

BIWI Kinect Head Pose: frame_NNNNN_pose.txt next to frame_NNNNN_rgb.png has a rotation R (3 x 3)
and the head's centre t [mm] in the frame of the depth camera; rgb.cal has the matrix of the colour
camera, and rotation and translation [mm] from the depth camera's frame to its own. Axes of the head
are those of a camera it looks into: x to the person's left, y down, z into the head. So R is the
identity for a face that looks along -z, and R times our frontal rotation is ours. Its angles are
taken against the line to the centre, which lies some cm below the eyes: at 1 m this moves pitch by
about 2 degrees.

AFLW2000-3D and 300W-LP: NAME.mat next to NAME.jpg has `Pose_Para` with pitch, yaw, roll [rad]
first. They turn a face with the axes x to the person's left, y up, z out of the face, by
Rx(-pitch) Ry(-yaw) Rz(-roll): pitch is positive when they look up, yaw when they turn to their own
right, roll when the head tilts to their own left shoulder. All three signs are the opposite of
ours, and the order is another, so that angles go by way of the matrix. The view is orthographic:
angles are against the line to the camera, as ours. Published errors are differences of the data
sets' own angles, which differ from ours where two angles are large.
"""

from __future__ import annotations

from pathlib import Path
from typing import List, Optional, Tuple, Union

import numpy as np
from scipy.spatial.transform import Rotation

from lightweight_openpose.geometry import Camera, angles_of, rotation_from_angles
from lightweight_openpose.geometry.rotations import matrix_of

from .head_labels import HeadLabel, eye_distance, numbers, place_of, read_label_file

_FRONTAL = rotation_from_angles(0, 0, 0)
_FACE = 0.15  # [m] height of a face
_MM = 1e-3
_POSE, _RGB = "_pose.txt", "_rgb.png"
_PICTURES = (".jpg", ".png", ".jpeg")
_LONGEST_TEXT = 10_000  # bytes of a pose or calibration
_LARGEST_MAT = 100_000  # bytes, which may unpack to 1000 times as many; the data have thousands
_ALONG = np.array([0, 0, 1.0])  # the line of sight of an orthographic view
# Columns: the head's forward, left and up on the axes of the faces of 300W-LP; those axes in the
# optical frame.
_HEAD_IN_MODEL = np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])
_MODEL_IN_IMAGE = np.diag([1.0, -1, -1])


def read_labels(path: Union[str, Path]) -> Tuple[List[HeadLabel], List[str]]:
    """Labels of a JSON or CSV file or of a data set's folder, and the faults of files left out.

    Raises ValueError with the file and the fault, or OSError.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist")
    labels, faults = _read_folder(path) if path.is_dir() else (read_label_file(path), [])
    if not labels:
        fault = f": {faults[0]}" if faults else ""
        raise ValueError(f"{path} has no labelled head{fault}")
    return labels, faults


def _read_folder(folder: Path) -> Tuple[List[HeadLabel], List[str]]:
    poses = sorted(folder.rglob("*" + _POSE))
    mats = [] if poses else [mat for mat in sorted(folder.rglob("*.mat")) if _picture_of(mat)]
    if not poses and not mats:
        raise ValueError(
            f"{folder} holds neither frames of BIWI ({_RGB} with {_POSE}) nor pictures with a .mat "
            "of the same name; give a JSON or CSV file to --labels"
        )
    labels, faults = [], []
    for path in poses or mats:
        try:
            labels.append(_biwi(path, folder) if poses else _mat(path, folder))
        except (OSError, ValueError) as error:
            faults.append(f"{path.relative_to(folder)}: {str(error)[:160]}")
    return labels, faults


def _biwi(path: Path, folder: Path) -> HeadLabel:
    picture = path.with_name(path.name[: -len(_POSE)] + _RGB)
    values = _rows(path)
    if len(values) < 4:
        raise ValueError("expected the three rows of a rotation and one of the centre [mm]")
    camera, turn, shift = read_calibration(path.with_name("rgb.cal"))
    rotation = turn @ _rotation(values[:3]) @ _FRONTAL
    centre = turn @ values[3] * _MM + shift
    if centre[2] <= 0:
        raise ValueError(f"the head is at z = {centre[2]:g} m, behind the camera")
    size = _FACE * camera.matrix[0, 0] / centre[2]
    return HeadLabel(
        picture.relative_to(folder).as_posix(),
        np.array(angles_of(rotation, centre)),
        camera.project(centre[None])[0],
        float(size),
        camera=camera,
    )


def read_calibration(path: Path) -> Tuple[Camera, np.ndarray, np.ndarray]:
    """The colour camera of an rgb.cal, and rotation and translation [m] of its frame.

    These take points in the depth camera's frame to the colour camera's. Distortion is taken for
    none. Raises ValueError or OSError.
    """
    rows = _rows(path)
    if len(rows) < 7:
        raise ValueError(f"{path.name} lacks the camera's matrix, rotation or translation")
    camera = Camera(rows[:3])
    if not camera.usable:
        raise ValueError(f"the matrix in {path.name} has no positive focal length")
    return camera, _rotation(rows[3:6]), rows[6] * _MM


def _rows(path: Path) -> np.ndarray:
    """(N, 3) the lines of a text that are three numbers. Others are left out."""
    with open(str(path), encoding="utf-8", errors="replace") as stream:
        lines = [line.split() for line in stream.read(_LONGEST_TEXT).splitlines()]
    rows = [numbers(line, 3, path.name) for line in lines if len(line) == 3]
    return np.array(rows).reshape(-1, 3)


def _rotation(matrix: np.ndarray) -> np.ndarray:
    if np.abs(matrix @ matrix.T - np.eye(3)).max() > 0.01 or np.linalg.det(matrix) < 0:
        raise ValueError("its three rows are no rotation")
    return matrix


def _picture_of(mat: Path) -> Optional[Path]:
    """The picture next to a .mat, or None."""
    candidates = (mat.with_suffix(suffix) for suffix in _PICTURES)
    return next((path for path in candidates if path.is_file()), None)


def _mat(path: Path, folder: Path) -> HeadLabel:
    fields = _fields(path)
    if "Pose_Para" not in fields:
        raise ValueError("it has no Pose_Para")
    pitch, yaw, roll = numbers(list(np.ravel(fields["Pose_Para"])[:3]), 3, "Pose_Para")
    points = _landmarks(fields)
    found = _picture_of(path)
    assert found is not None  # who calls has looked
    picture = found.relative_to(folder).as_posix()
    angles = np.array(angles_of(rotation_of_300w(pitch, yaw, roll), _ALONG))
    if points is None:
        return HeadLabel(picture, angles)
    centre, size = place_of(points)
    return HeadLabel(picture, angles, centre, size, eye_distance(points))


def rotation_of_300w(pitch: float, yaw: float, roll: float) -> np.ndarray:
    """(3, 3) our rotation in the optical frame for the angles [rad] of a Pose_Para."""
    turn = Rotation.from_euler("XYZ", [-pitch, -yaw, -roll])
    return _MODEL_IN_IMAGE @ matrix_of(turn) @ _HEAD_IN_MODEL


def _fields(path: Path) -> dict:
    """What a .mat holds of the names that are wanted. Raises ValueError or OSError."""
    from scipy.io import loadmat

    if path.stat().st_size > _LARGEST_MAT:
        raise ValueError(f"more than {_LARGEST_MAT} bytes: no label of AFLW2000-3D or 300W-LP")
    try:
        return loadmat(str(path), variable_names=["Pose_Para", "pt3d_68", "pt2d"])
    except OSError:
        raise
    except Exception as error:  # damage may come out as anything
        raise ValueError(f"no .mat file that can be read: {type(error).__name__} {error}") from None


def _landmarks(fields: dict) -> Optional[np.ndarray]:
    """(N, 2) landmarks [px]; None without. Those that are hidden are (-1, -1) in the data."""
    for name in ("pt3d_68", "pt2d"):
        given = np.asarray(fields.get(name, ()))
        if given.ndim == 2 and len(given) >= 2 and given.dtype.kind in "fiu":
            points = given[:2].T.astype(float)
            points = points[np.isfinite(points).all(1) & (points > 0).any(1)]
            if len(points) > 1 and place_of(points)[1] > 0:
                return points
    return None

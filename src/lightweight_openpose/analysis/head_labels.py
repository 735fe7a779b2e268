"""Labelled heads: pictures, and the true yaw, pitch and roll of a head in each.

JSON is a list of rows, each with `file` and `yaw_pitch_roll_deg`. A row may also have
- which person is meant: `landmarks` [[x, y], ...], else `box` [x, y, width, height], else `centre`
  [x, y], in px of the picture;
- `joints` (nose, right eye, left eye, right ear, left ear: [x, y, score], null where not found);
- how large the head was in the photograph that a crop is of: `eye_px`, the distance of the eyes, or
  `face_px`, the longer side of the landmarks' box.

CSV has the columns file, yaw, pitch and roll in degrees, and may have x and y of the head's centre.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, List, Optional, Sequence, Tuple, Union

import numpy as np

from lightweight_openpose.estimation.faces import JOINTS
from lightweight_openpose.geometry import Camera
from lightweight_openpose.poses import find_skeleton
from lightweight_openpose.video import checked_name

from .label_rows import checked, numbers, read_rows

ANGLES = ("yaw", "pitch", "roll")
_CSV = ("file", *ANGLES)
_MAX_DEGREES = 360.0
# Landmarks around the eyes of the widespread 68 points: the person's right eye, then the left.
_EYES_68 = (tuple(range(36, 42)), tuple(range(42, 48)))


@dataclass(frozen=True, eq=False)
class HeadLabel:
    """A head in a picture."""

    file: str  # name of the picture
    angles: np.ndarray  # (3,) true yaw, pitch, roll [rad] as in geometry.orientation
    centre: Optional[np.ndarray] = None  # (2,) [px] of the head that is meant; None: the largest
    size: float = math.nan  # [px] longer side of its face or box
    eye_px: float = math.nan  # distance of its eyes in the photograph [px]
    # (5, 3) nose, right eye, left eye, right ear, left ear [x px, y px, score]; [NaN, NaN, 0] where
    # not found
    joints: Optional[np.ndarray] = None
    camera: Optional[Camera] = None  # where the picture's is known


def read_json(path: Union[str, Path]) -> List[HeadLabel]:
    """Labels of a JSON file. Raises ValueError with the file and the row, or OSError."""
    return read_rows(path, _from_row, "heads")


def read_csv(path: Union[str, Path]) -> List[HeadLabel]:
    """Labels of a CSV file with a header. Raises ValueError with file and line, or OSError."""
    with open(str(path), encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream, skipinitialspace=True)
        try:
            names = reader.fieldnames or ()
            rows = [(reader.line_num, row) for row in reader]
        except (csv.Error, UnicodeError) as error:
            raise ValueError(f"{path} is no CSV: {str(error)[:160]}") from None
    missing = [name for name in _CSV if name not in names]
    if missing:
        raise ValueError(f"{path} has no column {', '.join(missing)}; its first line names them")
    return [checked(path, f"line {line}", _from_csv, row) for line, row in rows]


def _from_csv(row: dict) -> HeadLabel:
    centre = None
    if row.get("x") and row.get("y"):
        centre = numbers([row["x"], row["y"]], 2, "x and y")
    return HeadLabel(checked_name(row["file"]), _angles([row[name] for name in ANGLES]), centre)


def _from_row(row: dict) -> HeadLabel:
    if not isinstance(row, dict):
        raise ValueError("expected an object with file and yaw_pitch_roll_deg")
    landmarks = _points(row["landmarks"]) if row.get("landmarks") else None
    joints = None if row.get("joints") is None else _joints(row["joints"])
    centre, size = _place(row, landmarks)
    return HeadLabel(
        checked_name(row["file"]),
        _angles(row["yaw_pitch_roll_deg"]),
        centre,
        size,
        _eye_px(row, landmarks, joints, size),
        joints,
    )


def _place(row: dict, landmarks: Optional[np.ndarray]) -> Tuple[Optional[np.ndarray], float]:
    """Centre (2,) and size [px] of the head that is meant, as far as they are known."""
    if landmarks is not None:
        return place_of(landmarks)
    if row.get("box") is not None:
        x, y, width, height = numbers(row["box"], 4, "box")
        return np.array([x + width / 2, y + height / 2]), float(max(width, height))
    if row.get("centre") is not None:
        return numbers(row["centre"], 2, "centre"), math.nan
    return None, math.nan


def place_of(landmarks: np.ndarray) -> Tuple[np.ndarray, float]:
    """Centre (2,) and longer side [px] of the box of landmarks (N, 2)."""
    low, high = landmarks.min(0), landmarks.max(0)
    return (low + high) / 2, float((high - low).max())


def _eye_px(
    row: dict, landmarks: Optional[np.ndarray], joints: Optional[np.ndarray], size: float
) -> float:
    if row.get("eye_px") is not None:
        return float(numbers([row["eye_px"]], 1, "eye_px")[0])
    apart = math.nan if landmarks is None else eye_distance(landmarks)
    if math.isnan(apart) and joints is not None:
        apart = joint_eye_distance(joints)
    if row.get("face_px") is None or not size > 0:
        return apart
    return apart * float(numbers([row["face_px"]], 1, "face_px")[0]) / size


def eye_distance(landmarks: np.ndarray) -> float:
    """Between the middles of the eyes [px] by landmarks of face_32 or the usual 68; else NaN."""
    eyes: Optional[Sequence[Sequence[int]]] = _EYES_68 if len(landmarks) == 68 else None
    if len(landmarks) == 32:
        index = find_skeleton("face_32").index
        eyes = tuple(
            (index(f"{side}_eye_outer"), index(f"{side}_eye_inner")) for side in ("right", "left")
        )
    if eyes is None:
        return math.nan
    right, left = (landmarks[list(eye)].mean(0) for eye in eyes)
    return float(np.linalg.norm(left - right))


def joint_eye_distance(joints: np.ndarray) -> float:
    """Between the eyes [px] of (5, 3) joints in the order of a label's; NaN without both."""
    right, left = (JOINTS.index(name) for name in ("right_eye", "left_eye"))
    return float(np.linalg.norm(joints[left, :2] - joints[right, :2]))


def _angles(degrees: Sequence) -> np.ndarray:
    values = numbers(degrees, 3, "yaw, pitch, roll")
    if np.abs(values).max() > _MAX_DEGREES:
        raise ValueError(f"{', '.join(f'{v:g}' for v in values)} are no angles in degrees")
    return np.radians(values)


def _points(values: Any) -> np.ndarray:
    return np.array([numbers(value[:2], 2, "a landmark") for value in values])


def _joints(values: Any) -> np.ndarray:
    if len(values) != len(JOINTS):
        raise ValueError(f"{len(values)} joints, expected {len(JOINTS)}: {', '.join(JOINTS)}")
    lost = [math.nan, math.nan, 0.0]
    return np.array(
        [
            lost if value is None or None in value else numbers(value, 3, "a joint")
            for value in values
        ]
    )


def read_label_file(path: Union[str, Path]) -> List[HeadLabel]:
    """Labels of a JSON or .csv file. Raises ValueError with the file and the fault, or OSError."""
    if Path(path).suffix.lower() == ".csv":
        return read_csv(path)
    return read_json(path)

"""What the network found in the images of a bag, frame by frame on disk.

So a run that was killed goes on.
"""

from __future__ import annotations

import fcntl
import json
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from lightweight_openpose.poses import GROUPS, Pose

Key = Tuple[str, int]  # topic, number of the image on it
_Rows = List[List[Optional[float]]]  # of keypoints, as JSON has them: null for NaN
_MISSING = (-1, -1, 0)


class Journal:
    """Append-only JSON lines: first the settings, then one line per image. Locked while it is open.

    Raises RuntimeError when another process works on it, ValueError when it was written with other
    settings.
    """

    def __init__(self, path: Path, settings: Dict[str, Any]):
        # What is known already; a frame that could not be used has None.
        self.poses: Dict[Key, Optional[List[Pose]]] = {}
        self._file = open(str(path), "a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise RuntimeError(f"{path} is being written by another process") from None
        self._read(path, settings)

    def _read(self, path: Path, settings: Dict[str, Any]) -> None:
        self._file.seek(0)
        end = 0
        for i, line in enumerate(self._file):
            try:
                record = json.loads(line)
                found = _poses(record) if i else None
                key = (str(record["topic"]), int(record["number"])) if i else None
                whole = line.endswith(b"\n")
            except (ValueError, KeyError, TypeError, IndexError, RecursionError):
                whole = False
            if not whole:  # the process or the machine was stopped while this was written
                break
            if i == 0 and record != settings:
                self._file.close()
                raise ValueError(
                    f"{path} was begun with other settings {record}; delete it to begin again"
                )
            if key is not None:
                self.poses[key] = found
            end += len(line)
        self._file.truncate(end)
        self._file.seek(end)
        if not end:
            self._write(settings)

    def add(self, key: Key, poses: Optional[List[Pose]]) -> None:
        """poses: None for an image that could not be used."""
        self.poses[key] = poses
        found = None if poses is None else [_record(pose) for pose in poses]
        self._write({"topic": key[0], "number": key[1], "poses": found})

    def _write(self, record: Dict[str, Any]) -> None:
        self._file.write(json.dumps(record).encode() + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Let another process have it."""
        self._file.close()


def _record(pose: Pose) -> List[Any]:
    parts = (pose.keypoints, *(pose.groups.get(name) for name in GROUPS))
    return [float(pose.score), *(None if part is None else _rows(part) for part in parts)]


def _rows(keypoints: np.ndarray) -> _Rows:
    rows = keypoints.astype(object)
    rows[np.isnan(keypoints)] = None
    return rows.tolist()


def _poses(record: Dict[str, Any]) -> Optional[List[Pose]]:
    if record["poses"] is None:
        return None
    return [_pose(*parts) for parts in record["poses"]]


def _pose(score: float, rows: _Rows, *groups: Optional[_Rows]) -> Pose:
    found = {name: _keypoints(group) for name, group in zip(GROUPS, groups) if group}
    return Pose(_keypoints(rows), score, -1, **found)


def _keypoints(rows: _Rows) -> np.ndarray:
    """(K, 3) float32 of rows; older journals have -1, -1, 0 for a joint that is missing."""
    keypoints = np.array(rows, np.float32).reshape(len(rows), 3)
    keypoints[(keypoints == _MISSING).all(1), :2] = np.nan
    return keypoints

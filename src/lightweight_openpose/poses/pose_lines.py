"""The lines that `pose video` writes: one JSON object per frame.

Each has the name of its skeleton.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Iterable, Iterator, List, Optional, Sequence, Union

import numpy as np

from .pose import GROUPS, Pose, missing_keypoints
from .skeleton import Skeleton

if TYPE_CHECKING:
    from lightweight_openpose.geometry import Orientation

MAX_PIXELS = 65535  # of an image's side
# What reading a document that is none of these raises.
FAULTS = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True)
class Frame:
    """One frame of a clip or bag."""

    number: int
    time: float  # [s]
    width: int  # of the image [px], 0 where it is not known
    height: int  # likewise
    skeleton: str  # its name
    poses: List[Pose]
    model: str = ""  # name of the network, as in models.yaml; empty where it is not known
    file: str = ""  # name of the one that it is from; "" of a camera, stream or bag


def pose_to_dict(pose: Pose) -> dict:
    """JSON form of a pose; joints that were not found are null.

    left_hand, right_hand and face are there only where they were found.
    """
    return {
        "track_id": pose.track_id,
        "score": round(float(pose.score), 4),
        "bbox": [round(v, 2) for v in pose.bbox],
        "keypoints": _rows(pose.keypoints),
        **{name: _rows(keypoints) for name, keypoints in pose.groups.items()},
    }


def _rows(keypoints: np.ndarray) -> list:
    return [[round(float(v), 3) for v in k] if k[2] > 0 else None for k in keypoints]


def head_to_dict(head: Orientation) -> dict:
    """JSON form of an orientation: angles [rad], position [m] in the optical frame.

    Standard deviations of the angles [rad] that are not known are null.
    """
    return {
        "yaw": round(head.yaw, 4),
        "pitch": round(head.pitch, 4),
        "roll": round(head.roll, 4),
        "angle_stddev": [
            round(float(v), 4) if math.isfinite(v) else None for v in head.angle_stddev
        ],
        "position": [round(float(v), 4) for v in head.translation],
        "reprojection_error": round(float(head.reprojection_error), 3),
        "num_keypoints": head.num_keypoints,
    }


def image_to_dict(
    poses: Iterable[Pose],
    width: int,
    height: int,
    skeleton: str,
    model: str = "",
    file: str = "",
    time: Optional[float] = None,
) -> dict:
    """JSON form of what was found in an image: the fields that photos and frames have alike.

    width, height: [px]; skeleton, model, file: their names; time: [s], None where it has none.
    """
    return {
        **({"file": file} if file else {}),
        **({} if time is None else {"time": round(time, 4)}),
        "width": width,
        "height": height,
        "skeleton": skeleton,
        **({"model": model} if model else {}),
        "poses": [pose_to_dict(pose) for pose in poses],
    }


def frame_to_dict(frame: Frame) -> dict:
    """JSON form of a frame."""
    size = frame.width, frame.height
    names = frame.skeleton, frame.model, frame.file
    return {"frame": frame.number, **image_to_dict(frame.poses, *size, *names, frame.time)}


def read_frames(path: Union[str, Path]) -> Iterator[Frame]:
    """The frames of a .jsonl file. Raises ValueError that names the line which is not one of them.

    Lines without a skeleton are of coco18.
    """
    with open(str(path), encoding="utf-8-sig") as stream:  # with or without a byte-order mark
        for number, line in enumerate(stream, 1):
            try:
                yield frame_from_dict(json.loads(line))
            except FAULTS as error:
                what = "it has no " if isinstance(error, KeyError) else f"{type(error).__name__} "
                raise ValueError(
                    f"{path}, line {number}: not a line of `pose video`: {what}{error}"
                ) from None


def frame_from_dict(fields: dict) -> Frame:
    """The inverse of frame_to_dict() but for its rounding; heads are left out.

    Without a skeleton it is of coco18. Raises one of FAULTS for what is none.
    """
    poses = [_pose(p) for p in fields["poses"]]
    skeleton = fields.get("skeleton", "coco18")
    model = fields.get("model", "")
    frame = Frame(
        int(fields["frame"]),
        float(fields["time"]),
        int(fields.get("width", 0)),
        int(fields.get("height", 0)),
        skeleton,
        poses,
        model,
        str(fields.get("file", "")),
    )
    if not isinstance(skeleton, str) or not math.isfinite(frame.time):
        raise ValueError(f"skeleton {skeleton!r} at {frame.time} s")
    if not isinstance(model, str):
        raise ValueError(f"model {model!r}")
    if not (0 <= frame.width <= MAX_PIXELS and 0 <= frame.height <= MAX_PIXELS):
        raise ValueError(f"an image of {frame.width}x{frame.height} px")
    if len({len(pose.keypoints) for pose in poses}) > 1:
        raise ValueError("poses with different numbers of keypoints")
    return frame


def check_keypoints(frames: Sequence[Frame], skeleton: Skeleton) -> None:
    """Raise ValueError unless all poses have a keypoint for each of the skeleton."""
    for frame in frames:
        for pose in frame.poses[:1]:
            if len(pose.keypoints) != skeleton.num_keypoints:
                raise ValueError(
                    f"frame {frame.number} has poses of {len(pose.keypoints)} keypoints, skeleton "
                    f"{skeleton.name} has {skeleton.num_keypoints}; name the right one with "
                    "--skeleton"
                )


def _pose(fields: dict) -> Pose:
    groups = {name: _group(name, fields.get(name)) for name in GROUPS}
    keypoints = _keypoints(fields["keypoints"])
    return Pose(keypoints, float(fields["score"]), int(fields["track_id"]), **groups)


def _group(name: str, rows: Optional[Sequence]) -> Optional[np.ndarray]:
    if rows is not None and len(rows) != GROUPS[name]:
        raise ValueError(f"a {name} of {len(rows)} keypoints, not {GROUPS[name]}")
    return None if rows is None else _keypoints(rows)


def _keypoints(rows: Sequence) -> np.ndarray:
    keypoints = missing_keypoints(len(rows))
    for row, values in zip(keypoints, rows):
        if values is not None:
            row[:] = values
    return keypoints

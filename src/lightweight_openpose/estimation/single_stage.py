"""Detections of whole people -> poses: YOLO-pose, YOLOv7-pose and RTMO (backends.layout)."""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Sequence

import cv2
import numpy as np

from lightweight_openpose.backends.foreign import COCO_JOINTS, JOINT_VALUES
from lightweight_openpose.poses import Pose, Skeleton, convert_keypoints, find_skeleton

from .decoding import DecoderConfig
from .preprocessing import PixelMap

# [0, 1] intersection over union of two boxes, above which the weaker goes: what the networks' own
# programs do. yolo-end has chosen its people by itself.
MAX_OVERLAP = {"yolo": 0.7, "yolov7": 0.65, "rtmo": 0.65}
MIN_SCORE = 0.25  # [0, 1] of a person, where nothing else is known of the model
# Joints with a lower score count as not found: what the networks' own programs draw.
VISIBLE = {"yolo": 0.5, "yolo-end": 0.5, "yolov7": 0.5, "rtmo": 0.3}
_APART = 1 << 13  # px, farther than any input is wide: people of two classes do not overlap


class _People(NamedTuple):
    """M people in px of the network's input."""

    corners: np.ndarray  # (M, 4) x0, y0, x1, y1
    scores: np.ndarray  # (M,)
    joints: np.ndarray  # (M, 17, 3) x, y, score in COCO's order
    classes: Optional[np.ndarray] = None  # (M,) numbers; None: all are of one


def decode_detections(
    outputs: Sequence[np.ndarray],
    kind: str,
    skeleton: Skeleton,
    pixel_map: PixelMap,
    config: DecoderConfig = DecoderConfig(),
) -> List[Pose]:
    """Poses in one image from the outputs of a layout that detects, best first, in image px.

    outputs: of one image, without the batch's axis; kind: of the layout. COCO's 17 joints become
    those of the skeleton by name (poses.skeleton_map). Where boxes of people overlap the best
    stays; a pose's score is that of its box.
    """
    people = _read(outputs, kind)
    apart = people.corners
    if people.classes is not None:
        apart = apart + _APART * people.classes[:, None]
    kept = suppress(apart, people.scores, config.min_score, MAX_OVERLAP.get(kind, 1.0))
    kept = kept[: config.max_people]
    joints = people.joints[kept].astype(np.float32)
    # These networks were trained with positions that grow in proportion to the image, without the
    # half pixel between its edge and its first pixel's centre.
    joints[..., :2] = (joints[..., :2] - pixel_map.offset) / pixel_map.scale
    seen = joints[..., 2] >= max(config.keypoint_threshold, VISIBLE[kind])
    joints[~(seen & np.isfinite(joints).all(-1))] = (np.nan, np.nan, 0)
    joints[..., 2] = np.clip(joints[..., 2], 0, 1)
    found = convert_keypoints(joints, find_skeleton("coco17"), skeleton)
    scores = np.clip(people.scores[kept], 0, 1)
    poses = [Pose(keypoints, float(score)) for keypoints, score in zip(found, scores)]
    return [pose for pose in poses if pose.num_keypoints >= config.min_keypoints]


def _read(outputs: Sequence[np.ndarray], kind: str) -> _People:
    """People of the outputs, whatever their layout."""
    if kind == "rtmo":
        boxes, joints = outputs
        return _People(boxes[:, :4], boxes[:, 4], joints)
    rows = outputs[0].T if kind == "yolo" else outputs[0]
    joints = rows[:, -JOINT_VALUES:].reshape(-1, COCO_JOINTS, 3)
    if kind == "yolo-end":
        return _People(rows[:, :4], rows[:, 4], joints)
    centre, size = rows[:, :2], rows[:, 2:4]
    corners = np.concatenate([centre - size / 2, centre + size / 2], 1)
    if kind == "yolov7":
        return _People(corners, rows[:, 4] * rows[:, 5], joints)
    scores = rows[:, 4:-JOINT_VALUES]
    return _People(corners, scores.max(1), joints, scores.argmax(1))


def suppress(
    corners: np.ndarray, scores: np.ndarray, min_score: float, max_overlap: float
) -> np.ndarray:
    """Indices of the boxes (M, 4) that overlap no better one by > `most_overlap`, best first.

    corners: x0, y0, x1, y1; min_score: lower scores do not count.
    """
    able = np.flatnonzero(np.isfinite(corners).all(1) & (scores >= min_score) & (scores > 0))
    boxes = np.concatenate([corners[able, :2], corners[able, 2:] - corners[able, :2]], 1)
    kept = cv2.dnn.NMSBoxes(boxes.tolist(), scores[able].tolist(), 0.0, max_overlap)
    return able[np.asarray(kept, int).reshape(-1)]

"""People cut out of labelled photographs, and the people-free part of others."""

from __future__ import annotations

from typing import List, NamedTuple

import cv2
import numpy as np

from lightweight_openpose.poses.pose import missing_keypoints
from lightweight_openpose.poses.skeleton import COCO18

WIDTH, HEIGHT = 640, 360  # px of a film
TALL = 200  # px from head to foot of a cut-out at scale 1
_COCO17 = (
    "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow "
    "right_elbow left_wrist right_wrist left_hip right_hip left_knee right_knee left_ankle "
    "right_ankle"
).split()


class Cutout(NamedTuple):
    """Somebody of a photograph, TALL px high."""

    image: np.ndarray  # BGR (h, w, 3) uint8
    mask: np.ndarray  # (h, w) in [0, 1]
    joints: np.ndarray  # (18, 3) [px of the image]


def joints_of(annotation) -> np.ndarray:
    """(18, 3) joints of COCO18 of a COCO annotation with 17 keypoints."""
    given = dict(zip(_COCO17, np.reshape(annotation["keypoints"], (17, 3)).astype(float)))
    joints = missing_keypoints(18)
    for row, name in zip(joints, COCO18.keypoints):
        x, y, label = given.get(name, (0, 0, 0))
        if label:
            row[:] = x, y, 1
    shoulders = joints[[COCO18.index("right_shoulder"), COCO18.index("left_shoulder")]]
    if shoulders[:, 2].all():
        joints[COCO18.index("neck")] = shoulders.mean(0)
    return joints


def cut_out(image: np.ndarray, joints: np.ndarray) -> Cutout:
    """What is near the limbs of (18, 3) joints in an image."""
    seen = joints[:, 2] > 0
    low, high = joints[seen, :2].min(0), joints[seen, :2].max(0)
    tall = high[1] - low[1]
    mask = np.zeros(image.shape[:2], np.uint8)
    for limb in COCO18.limbs:
        if seen[list(limb)].all():
            ends = [tuple(int(v) for v in joints[i, :2]) for i in limb]
            cv2.line(mask, *ends, 255, max(3, int(0.1 * tall)))
    torso = [
        COCO18.index(f"{a}_{b}")
        for a, b in (("right", "shoulder"), ("left", "shoulder"), ("left", "hip"), ("right", "hip"))
    ]
    cv2.fillConvexPoly(mask, joints[torso, :2].astype(np.int32), 255)
    head = joints[COCO18.index("nose"), :2] - (0, 0.02 * tall)
    cv2.circle(mask, tuple(int(v) for v in head), max(2, int(0.08 * tall)), 255, -1)
    margin = 0.12 * tall
    x0, y0 = np.maximum(low - margin, 0).astype(int)
    x1, y1 = (high + margin).astype(int)
    scale = TALL / tall
    soft = cv2.GaussianBlur(mask, (0, 0), 0.01 * tall + 0.5)[y0:y1, x0:x1]
    moved = joints.copy()
    moved[:, :2] = (joints[:, :2] - (x0, y0)) * scale
    resized = cv2.resize(image[y0:y1, x0:x1], None, fx=scale, fy=scale)
    return Cutout(resized, cv2.resize(soft, resized.shape[1::-1]) / np.float32(255), moved)


def good_cutouts(document: dict, read) -> List[Cutout]:
    """Of people seen from head to foot whom nobody overlaps. read: file name -> BGR image."""
    names = {image["id"]: image["file_name"] for image in document["images"]}
    made = []
    for entry in document["annotations"]:
        joints = joints_of(entry)
        whole = (
            "nose",
            "left_shoulder",
            "right_shoulder",
            "left_hip",
            "right_hip",
            "left_ankle",
            "right_ankle",
        )
        others = [
            e["bbox"]
            for e in document["annotations"]
            if e["image_id"] == entry["image_id"] and e is not entry
        ]
        x, y, w, h = entry["bbox"]
        upright = 1.5 * w < h and h > 150
        alone = not any(_overlap((x, y, w, h), other) > 0.05 for other in others)
        if upright and alone and joints[[COCO18.index(name) for name in whole], 2].all():
            made.append(cut_out(read(names[entry["image_id"]]), joints))
    return made


def _overlap(a, b) -> float:
    """Share of box a (x, y, w, h) that b covers."""
    across = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    down = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(across, 0) * max(down, 0) / (a[2] * a[3])


def backgrounds(document: dict, read, count: int) -> List[np.ndarray]:
    """The largest people-free parts of photographs, wider than a film by its half, BGR."""
    found = []
    for image in document["images"]:
        boxes = [e["bbox"] for e in document["annotations"] if e["image_id"] == image["id"]]
        part = _free_part(image["width"], image["height"], boxes)
        if part is not None:
            found.append((part[2], image["file_name"], part))
    found.sort(key=lambda item: (-item[0], item[1]))
    size = (3 * WIDTH // 2, 3 * HEIGHT // 2)
    return [
        cv2.resize(read(name)[y : y + h, x : x + w], size)
        for _, name, (x, y, w, h) in found[:count]
    ]


def _free_part(width, height, boxes):
    """x, y, width, height of the largest 16:9 part without a box, or None."""
    for share in (1.0, 0.9, 0.8, 0.7, 0.6, 0.5):
        w = int(width * share)
        h = w * HEIGHT // WIDTH
        for x in range(0, width - w + 1, 20):
            for y in range(0, height - h + 1, 20):
                if not any(_overlap((x, y, w, h), box) > 0 for box in boxes):
                    return x, y, w, h
    return None

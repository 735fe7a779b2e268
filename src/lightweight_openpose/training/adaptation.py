"""Learning from the bags of a robot, and how well a network agrees with its teacher on what was held back of them."""
from __future__ import annotations

from pathlib import Path
from typing import List, Sequence, Tuple

import cv2
import numpy as np
from tqdm import tqdm

from lightweight_openpose.analysis.coco_ap import coco_ap, to_coco
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.video.images import IMAGE_SUFFIXES

MOST = 200  # held-back images that are looked at


def unpacked(sources: Sequence[str], folder, hold_back: float) -> Tuple[List[str], List[Path]]:
    """Folders and tar files to learn from, and images held back; bags among the sources are written into `folder`."""
    learn, held = [], []
    for source in sources:
        if Path(source).suffix != ".bag":
            learn.append(str(source))
            continue
        try:
            from lightweight_openpose.ros.bags.extract import extract_images
        except ImportError as error:
            raise ImportError(f"reading {source} needs ROS ({error.name} is missing): source its setup.bash") from None
        first, last = extract_images(source, Path(folder) / Path(source).stem, hold_back)
        learn.append(str(first))
        held += sorted(p for p in last.iterdir() if p.suffix in IMAGE_SUFFIXES)
    chosen = np.unique(np.linspace(0, len(held) - 1, min(MOST, len(held))).round().astype(int))
    return learn, [held[i] for i in chosen]


class Agreement:
    """OKS-AP in [0, 1] of a network where the teacher's poses are taken for the truth."""

    def __init__(self, teacher: PoseEstimator, images: Sequence[Path]):
        self._images, self._skeleton = list(images), teacher.skeleton
        self._labels = self._told_by(teacher)

    def __call__(self, estimator: PoseEstimator) -> float:
        names = self._skeleton.keypoints
        detections = [found for number, path in enumerate(self._images)
                      for found in to_coco(estimator(cv2.imread(str(path))), number, self._skeleton, names)]
        return float(coco_ap(self._labels, detections, self._skeleton)[0][0])

    def _told_by(self, teacher):
        from pycocotools.coco import COCO
        labels, names = COCO(), self._skeleton.keypoints
        annotations = []
        for number, path in enumerate(tqdm(self._images, unit="image", desc="teacher on held-back images")):
            for pose in teacher(cv2.imread(str(path))):
                known, = to_coco([pose], number, self._skeleton, names)
                keypoints = np.reshape(known["keypoints"], (-1, 3))
                keypoints[:, 2] = 2 * (keypoints[:, 2] > 0)
                annotations.append({**known, "id": len(annotations) + 1, "keypoints": keypoints.ravel().tolist(), "iscrowd": 0,
                                    "num_keypoints": pose.num_keypoints, "bbox": list(pose.bbox),
                                    "area": float(np.prod(pose.bbox[2:]))})
        if not annotations:
            raise ValueError("the teacher finds nobody on the held-back images; hold back another share (--hold-back)")
        labels.dataset = {"images": [{"id": i, "file_name": p.name} for i, p in enumerate(self._images)],
                          "annotations": annotations, "categories": [{"id": 1, "name": "person", "keypoints": list(names)}]}
        labels.createIndex()
        return labels

"""COCO keypoint evaluation (pycocotools) of an estimator on a labelled folder."""
from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Iterable, List, Sequence, Tuple

import numpy as np

from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import COCO17_KEYPOINTS, COCO18, Skeleton
from lightweight_openpose.video.images import try_image

from .coco_file import read_coco_file


def category_of(labels, skeleton: Skeleton) -> dict:
    """The category whose keypoints the skeleton has. Raises ValueError without one."""
    for category in labels.loadCats(labels.getCatIds()):
        names = category.get("keypoints") or ()
        if names and all(name in skeleton.keypoints for name in names):
            return category
    raise ValueError(f"the labels have no category with keypoints of skeleton {skeleton.name}: "
                     f"{', '.join(skeleton.keypoints)}")


def to_coco(
    poses: Iterable[Pose], image_id: int, skeleton: Skeleton,
    names: Sequence[str] = COCO17_KEYPOINTS, category_id: int = 1
) -> List[dict]:
    """COCO detections of one image with the keypoints `names`.

    Joints that were not found are (0, 0, 0).
    """
    order = [skeleton.index(name) for name in names]
    results = []
    for pose in poses:
        keypoints = np.nan_to_num(pose.keypoints[order].astype(float))
        if keypoints[:, 2].any():
            results.append({
                "image_id": image_id,
                "category_id": category_id,
                "score": float(pose.score),
                "keypoints": keypoints.ravel().tolist(),
            })
    return results


def detect(estimator, labels, images, progress=lambda items: items) -> Tuple[List[dict], List[str]]:
    """Detections of an estimator on the images of a COCO file, and the names of those unreadable.

    labels: a pycocotools COCO; images: their folder; progress: wraps the images while they are gone
    through.
    """
    category = category_of(labels, estimator.skeleton)
    detections = []
    unreadable = []
    for info in progress(labels.loadImgs(sorted(labels.getImgIds()))):
        image = try_image(Path(images) / info["file_name"])
        if image is None:
            unreadable.append(info["file_name"])
            continue
        detections += to_coco(
            estimator(image),
            info["id"],
            estimator.skeleton,
            category["keypoints"],
            category["id"],
        )
    return detections, unreadable


def read_labels(path):
    """pycocotools COCO of a label file, without its chatter.

    Raises ValueError for a file that is none.
    """
    from pycocotools.coco import COCO
    document = read_coco_file(path)
    # Its evaluation takes annotation 0 for "no match", so that a file numbered from 0 loses a
    # person.
    for number, annotation in enumerate(document["annotations"], 1):
        annotation["id"] = number
    with contextlib.redirect_stdout(io.StringIO()):
        labels = COCO()
        labels.dataset = document
        labels.createIndex()
    return labels


def coco_ap(labels, detections: List[dict], skeleton: Skeleton = COCO18) -> Tuple[np.ndarray, str]:
    """The ten numbers of the COCO keypoint table (AP first, in [0, 1]), and the table as text.

    labels: a pycocotools COCO; OKS with the sigmas of the skeleton.
    """
    from pycocotools.cocoeval import COCOeval
    table = io.StringIO()
    if not detections:
        return np.zeros(10), "no detections"
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(labels, labels.loadRes(detections), "keypoints")
        category = category_of(labels, skeleton)
        sigmas = [skeleton.sigmas[skeleton.index(k)] for k in category["keypoints"]]
        evaluation.params.kpt_oks_sigmas = np.array(sigmas)
        evaluation.params.catIds = [category["id"]]
        evaluation.evaluate()
        evaluation.accumulate()
    with contextlib.redirect_stdout(table):
        evaluation.summarize()
    return evaluation.stats, table.getvalue()

"""COCO's results format: what was found, as pycocotools reads it."""

from __future__ import annotations

import math
from typing import Iterable, List, Sequence, Union

import numpy as np

from .pose import Pose
from .skeleton import COCO17_KEYPOINTS, Skeleton


def to_coco(
    poses: Iterable[Pose],
    image_id: Union[int, str],
    skeleton: Skeleton,
    names: Sequence[str] = COCO17_KEYPOINTS,
    category_id: int = 1,
) -> List[dict]:
    """COCO detections of one image with the keypoints `names`.

    Joints that were not found are (0, 0, 0). Raises ValueError for a score that is no number.
    """
    order = [skeleton.index(name) for name in names]
    results = []
    for pose in poses:
        keypoints = pose.keypoints[order].astype(float)
        keypoints[~np.isfinite(keypoints).all(1)] = 0
        if not math.isfinite(pose.score):
            raise ValueError(f"a pose has the score {pose.score}: is the network's file damaged?")
        if keypoints[:, 2].any():
            results.append(
                {
                    "image_id": image_id,
                    "category_id": category_id,
                    "score": float(pose.score),
                    "keypoints": keypoints.ravel().tolist(),
                }
            )
    return results

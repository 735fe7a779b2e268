"""Learning from the bags of a robot.

And how well a network agrees with its teacher on what was held back of them.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, List, Sequence, Tuple, Union

import numpy as np
from tqdm import tqdm

from lightweight_openpose.analysis.coco_ap import coco_ap, to_coco
from lightweight_openpose.video import IMAGE_SUFFIXES, read_image

if TYPE_CHECKING:
    from lightweight_openpose.estimation import PoseEstimator
    from lightweight_openpose.poses import Pose

MAX_IMAGES = 200  # held-back images that are looked at


def unpacked(
    sources: Sequence[str], folder: Union[str, Path], hold_back: float
) -> Tuple[List[str], List[Path]]:
    """Folders and tar files to learn from, and images held back.

    Bags among the sources are written into `folder`; of each the last share `hold_back` [0, 1] is
    held back. Raises ImportError for a bag without ROS, ValueError for bags of one name.
    """
    names = [Path(source).stem for source in sources if Path(source).suffix == ".bag"]
    for name, times in Counter(names).items():
        if times > 1:
            raise ValueError(
                f"{times} bags are named {name}.bag, and each name has one folder of images; "
                "give them other names"
            )
    learn = []
    held = []
    for source in sources:
        if Path(source).suffix != ".bag":
            learn.append(str(source))
            continue
        try:
            from lightweight_openpose.ros.bags.extract import extract_images
        except ImportError as error:
            raise ImportError(
                f"reading {source} needs ROS ({error.name} is missing): source its setup.bash"
            ) from None
        first, last = extract_images(source, Path(folder) / Path(source).stem, hold_back)
        learn.append(str(first))
        held += sorted(p for p in last.iterdir() if p.suffix in IMAGE_SUFFIXES)
    spread = np.linspace(0, len(held) - 1, min(MAX_IMAGES, len(held)))
    return learn, [held[i] for i in np.unique(spread.round().astype(int))]


class Agreement:
    """OKS-AP in [0, 1] of a network where the teacher's poses are taken for the truth."""

    def __init__(self, teacher: PoseEstimator, images: Sequence[Path]):
        self._images = list(images)
        self._skeleton = teacher.skeleton
        self._labels = self._labels_of(teacher)

    def __call__(self, estimator: PoseEstimator) -> float:
        """AP of an estimator with the teacher's skeleton."""
        names = self._skeleton.keypoints
        detections = []
        for number, path in enumerate(self._images):
            poses = estimator(read_image(path))
            detections += to_coco(poses, number, self._skeleton, names)
        return float(coco_ap(self._labels, detections, self._skeleton)[0][0])

    def _labels_of(self, teacher: PoseEstimator) -> Any:
        """A COCO of pycocotools."""
        from pycocotools.coco import COCO

        labels = COCO()
        annotations: List[dict] = []
        images = tqdm(self._images, unit="image", desc="teacher on held-back images")
        for number, path in enumerate(images):
            for pose in teacher(read_image(path)):
                annotations.append(self._annotation(pose, number, len(annotations) + 1))
        if not annotations:
            raise ValueError(
                "the teacher finds nobody on the held-back images; hold back another share "
                "(--hold-back)"
            )
        category = {"id": 1, "name": "person", "keypoints": list(self._skeleton.keypoints)}
        labels.dataset = {
            "images": [{"id": i, "file_name": p.name} for i, p in enumerate(self._images)],
            "annotations": annotations,
            "categories": [category],
        }
        labels.createIndex()
        return labels

    def _annotation(self, pose: Pose, image_id: int, annotation_id: int) -> dict:
        """COCO annotation of a pose, every joint that was found taken for visible."""
        (known,) = to_coco([pose], image_id, self._skeleton, self._skeleton.keypoints)
        keypoints = np.reshape(known["keypoints"], (-1, 3))
        keypoints[:, 2] = 2 * (keypoints[:, 2] > 0)
        return {
            **known,
            "id": annotation_id,
            "keypoints": keypoints.ravel().tolist(),
            "iscrowd": 0,
            "num_keypoints": pose.num_keypoints,
            "bbox": list(pose.bbox),
            "area": float(np.prod(pose.bbox[2:])),
        }

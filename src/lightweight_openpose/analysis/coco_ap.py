"""COCO keypoint evaluation (pycocotools) of an estimator on a labelled folder."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any, Callable, Iterable, List, Set, Tuple, Union

import numpy as np

from lightweight_openpose.poses import COCO18, Skeleton
from lightweight_openpose.poses.coco_results import to_coco
from lightweight_openpose.video import try_image

from .coco_file import CocoFile
from .coco_notes import BadLabels
from .coco_values import joint_box
from .labelled_images import find_images, size_fault

# share of a person's box that COCO's masks fill, about
ESTIMATED_AREA = 0.53


def category_of(labels: Any, skeleton: Skeleton) -> dict:
    """The category whose keypoints the skeleton has. Raises ValueError without one."""
    for category in labels.loadCats(labels.getCatIds()):
        names = category.get("keypoints") or ()
        if names and all(name in skeleton.keypoints for name in names):
            return category
    raise ValueError(
        f"the labels have no category with keypoints of skeleton {skeleton.name}: "
        f"{', '.join(skeleton.keypoints)}"
    )


def detect(
    estimator: Any,
    labels: Any,
    images: Union[str, Path],
    progress: Callable[[Iterable], Iterable] = lambda items: items,
) -> Tuple[List[dict], List[str]]:
    """Detections of an estimator on the images of a COCO file, and the names of those unreadable.

    labels: a pycocotools COCO; images: their folder; progress: wraps the images while they are gone
    through. Raises ValueError where nobody is labelled, where a picture has another size than its
    labels, and where no picture with labelled people could be read.
    """
    category = category_of(labels, estimator.skeleton)
    labelled = labelled_images(labels, category)
    unread = set(labelled)
    infos = labels.loadImgs(sorted(labels.getImgIds()))
    paths = find_images(images, [info["file_name"] for info in infos])
    detections = []
    unreadable = []
    for info, path in progress(list(zip(infos, paths))):
        image = try_image(path)
        if image is None:
            unreadable.append(info["file_name"])
            continue
        unread.discard(info["id"])
        fault = size_fault(path, image, info.get("width"), info.get("height"))
        if fault is not None:
            raise BadLabels(fault)
        detections += to_coco(
            estimator(image),
            info["id"],
            estimator.skeleton,
            category["keypoints"],
            category["id"],
        )
    if unread == labelled:
        raise BadLabels(
            f"none of the {len(labelled)} pictures with labelled people could be read in {images}; "
            f"the first is {labels.imgs[min(labelled)]['file_name']}; give their folder"
        )
    return detections, unreadable


def labelled_images(labels: Any, category: dict) -> Set:
    """Ids of the images with people who count. Raises BadLabels where there are none."""
    counted = {
        a["image_id"]
        for a in labels.dataset["annotations"]
        if a["category_id"] == category["id"] and a["num_keypoints"] and not a["iscrowd"]
    }
    found = counted & set(labels.getImgIds())
    if not found:
        raise BadLabels(
            f"the labels have nobody with keypoints of category {category.get('name', '?')} in "
            "their images: there is nothing to compare with"
        )
    return found


def coco_of(file: CocoFile, estimate_areas: bool = False) -> Any:
    """pycocotools COCO of a label file, without its chatter.

    estimate_areas: where the file does not say how large somebody is, take ESTIMATED_AREA of the
    box. Raises BadLabels where labels were lost, and for people without an area.
    """
    from pycocotools.coco import COCO

    if file.notes.faults:
        raise BadLabels(
            f"{file.notes.path}: {len(file.notes.faults)} labels cannot be used, the first: "
            f"{file.notes.faults[0]}; fix or remove them"
        )
    _add_areas(file, estimate_areas)
    # Its evaluation takes annotation 0 for "no match", so that a file numbered from 0 loses a
    # person.
    for number, annotation in enumerate(file.annotations, 1):
        annotation["id"] = number
    with contextlib.redirect_stdout(io.StringIO()):
        labels = COCO()
        labels.dataset = file.document
        labels.createIndex()
    return labels


def _add_areas(file: CocoFile, estimate: bool) -> None:
    """What pycocotools does not do without; of those whom it ignores the box is enough."""
    without = [a for a in file.annotations if "area" not in a]
    counted = [a for a in without if a["num_keypoints"] and not a["iscrowd"]]
    if counted and not estimate:
        raise BadLabels(
            f"{file.notes.path}: {len(counted)} people have neither an area nor a segmentation, "
            f"the first is annotation {counted[0].get('id', '?')}; the AP depends on it: give "
            f"area [px^2], or --estimate-areas for {ESTIMATED_AREA} of the box"
        )
    for annotation in without:
        _, _, width, height = annotation["bbox"]
        share = ESTIMATED_AREA if annotation["num_keypoints"] else 1
        annotation["area"] = share * width * height


def coco_ap(
    labels: Any, detections: List[dict], skeleton: Skeleton = COCO18
) -> Tuple[np.ndarray, str]:
    """The ten numbers of the COCO keypoint table (AP first, in [0, 1]), and the table as text.

    labels: a pycocotools COCO; OKS with the sigmas of the skeleton. Raises ValueError where nobody
    is labelled, and for detections that are not finite, which pycocotools takes for matches.
    """
    from pycocotools.cocoeval import COCOeval

    table = io.StringIO()
    category = category_of(labels, skeleton)
    labelled_images(labels, category)
    if not detections:
        return np.zeros(10), "no detections"
    with contextlib.redirect_stdout(io.StringIO()):
        found = labels.loadRes([_with_box(d) for d in detections])
        evaluation = COCOeval(labels, found, "keypoints")
        sigmas = [skeleton.sigmas[skeleton.index(k)] for k in category["keypoints"]]
        evaluation.params.kpt_oks_sigmas = np.array(sigmas)
        evaluation.params.catIds = [category["id"]]
        evaluation.evaluate()
        evaluation.accumulate()
    with contextlib.redirect_stdout(table):
        evaluation.summarize()
    if not evaluation.stats[0] >= 0:
        raise BadLabels("the AP cannot be computed: no detection and no label could be compared")
    return evaluation.stats, table.getvalue()


def _with_box(detection: dict) -> dict:
    """A detection with the box of the joints that were found, by which pycocotools sorts sizes.

    Its own box has the joints that were not found, too, at (0, 0).
    """
    keypoints = detection["keypoints"]
    if not np.isfinite([detection["score"], *keypoints]).all():
        raise ValueError(f"a detection in image {detection['image_id']} has numbers that are none")
    return {**detection, "bbox": joint_box(keypoints)}

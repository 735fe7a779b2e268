"""Where a model errs: per joint, and in which images."""
from __future__ import annotations

from pathlib import Path
from typing import Dict, List, NamedTuple

import cv2
import numpy as np

from lightweight_openpose.poses.oks import oks
from lightweight_openpose.poses.skeleton import Skeleton

from .coco_ap import category_of

MATCH = 0.3    # lowest OKS of a detection and the label that it is taken for
CLOSE = 0.1    # of the size of the box: a joint within this is right (PCK)


class Match(NamedTuple):
    """A labelled person and the detection that fits it best, keypoints (K, 3); similarity 0 and NaN without one."""

    image_id: int
    label: np.ndarray
    size: float
    found: np.ndarray
    similarity: float


def match_people(labels, detections: List[dict], skeleton: Skeleton) -> List[Match]:
    """Every labelled person with its detection, each used once, best pairs first."""
    category = category_of(labels, skeleton)
    sigmas = np.array([skeleton.sigmas[skeleton.index(k)] for k in category["keypoints"]])
    by_image: Dict[int, List[np.ndarray]] = {}
    for d in detections:
        by_image.setdefault(d["image_id"], []).append(np.array(d["keypoints"], float).reshape(-1, 3))
    matches = []
    for image_id in labels.getImgIds():
        people = [a for a in labels.imgToAnns[image_id] if not a.get("iscrowd") and a.get("num_keypoints")]
        wanted = [np.array(a["keypoints"], float).reshape(-1, 3) for a in people]
        free = list(by_image.get(image_id, ()))
        pairs = sorted(((oks(w, f, sigmas, a["area"]), i, j) for i, (w, a) in enumerate(zip(wanted, people))
                        for j, f in enumerate(free)), reverse=True)
        taken, used = {}, set()
        for similarity, i, j in pairs:
            if similarity >= MATCH and i not in taken and j not in used:
                taken[i] = (free[j], similarity)
                used.add(j)
        for i, (w, a) in enumerate(zip(wanted, people)):
            found, similarity = taken.get(i, (np.full_like(w, np.nan), 0.0))
            matches.append(Match(image_id, w, max(a["bbox"][2:]), found, similarity))
    return matches


def joint_table(matches: List[Match], names) -> str:
    """Per joint: how many are labelled, found, and within a tenth of the person's size; median error in px."""
    lines = [f"{'joint':16s} labelled   found  PCK@{CLOSE}  median px"]
    for k, name in enumerate(names):
        rows = [(np.linalg.norm(m.found[k, :2] - m.label[k, :2]) if m.found[k, 2] > 0 else np.nan, m.size)
                for m in matches if m.label[k, 2] > 0]
        if rows:
            distance, size = np.array(rows).T
            seen = distance[np.isfinite(distance)]
            close = (np.nan_to_num(distance, nan=np.inf) < CLOSE * size).mean()
            median = f"{np.median(seen):9.1f}" if len(seen) else "        -"
            lines.append(f"{name:16s} {len(rows):8d}  {len(seen) / len(rows):6.1%}  {close:6.1%} {median}")
    return "\n".join(lines)


def draw_worst(matches: List[Match], labels, images, folder: Path, count: int) -> List[Path]:
    """Pictures of the images with the most missed likeness: labels in white, detections in orange."""
    loss: Dict[int, float] = {}
    for m in matches:
        loss[m.image_id] = loss.get(m.image_id, 0) + 1 - m.similarity
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for rank, image_id in enumerate(sorted(loss, key=loss.get, reverse=True)[:count]):
        info = labels.imgs[image_id]
        image = cv2.imread(str(Path(images) / info["file_name"]))
        if image is None:
            continue
        for m in (m for m in matches if m.image_id == image_id):
            for keypoints, colour, radius in ((m.label, (255, 255, 255), 4), (m.found, (0, 140, 255), 2)):
                for x, y, score in keypoints:
                    if score > 0:
                        cv2.circle(image, (int(round(x)), int(round(y))), radius, colour, -1, cv2.LINE_AA)
        paths.append(folder / f"{rank:02d}_{Path(info['file_name']).stem}.jpg")
        cv2.imwrite(str(paths[-1]), image)
    return paths

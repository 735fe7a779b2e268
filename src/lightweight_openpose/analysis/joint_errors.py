"""Where a model errs: per joint, and in which images."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple, Union

import cv2
import numpy as np

from lightweight_openpose.poses import Skeleton
from lightweight_openpose.poses.oks import oks
from lightweight_openpose.video import try_image, write_image

from .coco_ap import category_of
from .labelled_images import find_images

MATCH = 0.3  # lowest OKS of a detection and the label that it is taken for
CLOSE = 0.1  # of the size of the box: a joint within this is right (PCK)


class Match(NamedTuple):
    """A labelled person and the detection that fits it best."""

    image_id: int
    label: np.ndarray  # (K, 3) [x px, y px, label]
    size: float  # [px] of the longer side of its box
    found: np.ndarray  # (K, 3) [x px, y px, score], NaN without a detection
    similarity: float  # OKS, 0 without a detection


def match_people(labels: Any, detections: List[dict], skeleton: Skeleton) -> List[Match]:
    """Every labelled person with its detection, each used once, best pairs first."""
    category = category_of(labels, skeleton)
    sigmas = np.array([skeleton.sigmas[skeleton.index(k)] for k in category["keypoints"]])
    by_image: Dict[int, List[np.ndarray]] = {}
    for d in detections:
        by_image.setdefault(d["image_id"], []).append(
            np.array(d["keypoints"], float).reshape(-1, 3)
        )
    matches = []
    for image_id in labels.getImgIds():
        people = [
            a for a in labels.imgToAnns[image_id] if not a.get("iscrowd") and a.get("num_keypoints")
        ]
        wanted = [np.array(a["keypoints"], float).reshape(-1, 3) for a in people]
        free = list(by_image.get(image_id, ()))
        pairs = [
            (oks(w, f, sigmas, a["area"]), i, j)
            for i, (w, a) in enumerate(zip(wanted, people))
            for j, f in enumerate(free)
        ]
        taken = {}
        used = set()
        for similarity, i, j in sorted(pairs, reverse=True):
            if similarity >= MATCH and i not in taken and j not in used:
                taken[i] = (free[j], similarity)
                used.add(j)
        for i, (w, a) in enumerate(zip(wanted, people)):
            found, similarity = taken.get(i, (np.full_like(w, np.nan), 0.0))
            matches.append(Match(image_id, w, max(a["bbox"][2:]), found, similarity))
    return matches


def joint_table(matches: List[Match], names: Sequence[str]) -> str:
    """Table per joint: how many are labelled, found, and near; median error in px.

    Near: within a tenth of the person's size.
    """
    lines = [f"{'joint':16s} labelled   found  PCK@{CLOSE}  median px"]
    for k, name in enumerate(names):
        rows = [(_distance(m, k), m.size) for m in matches if m.label[k, 2] > 0]
        if rows:
            distance, size = np.array(rows).T
            seen = distance[np.isfinite(distance)]
            close = (np.nan_to_num(distance, nan=np.inf) < CLOSE * size).mean()
            median = f"{np.median(seen):9.1f}" if len(seen) else "        -"
            lines.append(
                f"{name:16s} {len(rows):8d}  {len(seen) / len(rows):6.1%}  {close:6.1%} {median}"
            )
    return "\n".join(lines)


def _distance(match: Match, joint: int) -> float:
    """From the joint as labelled to where it was found [px]; NaN where it was not."""
    if not match.found[joint, 2] > 0:
        return np.nan
    return float(np.linalg.norm(match.found[joint, :2] - match.label[joint, :2]))


def draw_worst(
    matches: List[Match], labels: Any, images: Union[str, Path], folder: Path, count: int
) -> List[Path]:
    """Write pictures of the `count` worst images: labels in white, detections in orange.

    The worst are those with the most missed OKS. Gives the paths of the pictures.
    """
    loss: Dict[int, float] = {}
    for m in matches:
        loss[m.image_id] = loss.get(m.image_id, 0) + 1 - m.similarity
    paths = []
    for rank, image_id in enumerate(sorted(loss, key=loss.__getitem__, reverse=True)[:count]):
        name = labels.imgs[image_id]["file_name"]
        image = try_image(find_images(images, [name])[0])
        if image is None:
            continue
        for m in matches:
            if m.image_id == image_id:
                _draw_joints(image, m.label, (255, 255, 255), 4)
                _draw_joints(image, m.found, (0, 140, 255), 2)
        paths.append(folder / f"{rank:02d}_{Path(name).stem}.jpg")
        write_image(paths[-1], image)
    return paths


def _draw_joints(
    image: np.ndarray, keypoints: np.ndarray, color: Tuple[int, int, int], radius: int
) -> None:
    for x, y, score in keypoints:
        if score > 0:
            cv2.circle(image, (int(round(x)), int(round(y))), radius, color, -1, cv2.LINE_AA)

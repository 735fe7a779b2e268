#!/usr/bin/env python3
"""Crops of heads with 32 landmarks from photographs of people, as `pose distill --closeup face`
learns from: the package's network finds the heads, MediaPipe's face mesh (face_landmark.tflite of
the Python package mediapipe, Apache-2.0, run by OpenVINO) places the landmarks.

A head is kept where the mesh says the same after a second look and in the mirror image. Heads that
show no face are kept as such, without landmarks.
"""

import argparse
import io
import json
import sys
import tarfile
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.faces import face_crop
from lightweight_openpose.files import replacing
from lightweight_openpose.geometry.head import HEAD_INDICES
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.training.unlabelled import image_items, read_item

INPUT = 192  # [px] of the mesh's input
ROOM = 1.5  # side of its crop over the longer side of the face, as MediaPipe cuts it
AGREE = 0.03  # mean distance between two looks, over the longer side of the face
PRESENT, ABSENT = 0.9, 0.02  # presence of a face and of none
WIDER = (1.0, 1.3, 0.8)  # crops that are tried until one shows a face
LARGEST = 160  # [px] side of a crop that is kept
SMALLEST = 14.0  # [px] longer side of a face
EYE_CORNERS = (33, 263)  # of the mesh, right and left


class Mesh:
    """MediaPipe's face mesh."""

    def __init__(self, path, points):
        import openvino

        self._network = openvino.Core().compile_model(str(path), "CPU")
        self._points = points

    def __call__(self, image, matrix):
        """((468, 2) px of the image, presence) of the face in a crop; matrix: (2, 3) into it."""
        crop = cv2.warpAffine(
            np.ascontiguousarray(image), matrix, (INPUT, INPUT), borderMode=cv2.BORDER_REPLICATE
        )
        outputs = self._network((crop[None, :, :, ::-1] / 255).astype(np.float32))
        back = cv2.invertAffineTransform(matrix)
        mesh = outputs[0].reshape(-1, 3)[:, :2] @ back[:, :2].T + back[:, 2]
        return mesh, float(1 / (1 + np.exp(-outputs[1].item())))

    def look_twice(self, image, crop):
        """((32, 2) px, presence, disagreement) of the face in a crop; the second look is aligned."""
        for wider in WIDER:
            mesh, presence = self(image, crop._replace(side=wider * crop.side).matrix(INPUT))
            if presence > PRESENT:
                break
        if presence < ABSENT:
            return mesh[self._points], presence, np.inf
        mesh, presence = self(image, aligned(mesh))
        again, _ = self(image, aligned(mesh, 1.1))
        apart = np.linalg.norm(mesh - again, axis=1).mean() / np.ptp(mesh, 0).max()
        return ((mesh + again) / 2)[self._points], presence, apart


def square(centre, angle, side, size):
    """(2, 3) map from px of an image to those of an upright square of `size` px."""
    scale = size / side
    turn = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.hstack([turn, (np.full(2, size / 2 - 0.5) - turn @ centre)[:, None]])


def aligned(mesh, room=1.0):
    """Crop of a face whose mesh is known, as MediaPipe cuts it."""
    across = mesh[EYE_CORNERS[1]] - mesh[EYE_CORNERS[0]]
    centre = (mesh.max(0) + mesh.min(0)) / 2
    angle = np.arctan2(across[1], across[0])
    return square(centre, angle, room * ROOM * np.ptp(mesh, 0).max(), INPUT)


def rows_of(image, name, poses, mesh, pairs, rng):
    """(row, JPEG) of each head of the people in an image."""
    for person, pose in enumerate(poses):
        crop = face_crop(pose.keypoints, COCO18)
        if crop is None:
            continue
        points, presence, apart = mesh.look_twice(image, crop)
        size = np.ptp(points, 0).max()
        if presence > PRESENT and apart < AGREE and size >= SMALLEST:
            last = image.shape[1] - 1
            turned = crop._replace(x=last - crop.x, angle=-crop.angle)
            other, _, _ = mesh.look_twice(image[:, ::-1], turned)
            other = np.stack([last - other[pairs, 0], other[pairs, 1]], 1)
            if np.linalg.norm(points - other, axis=1).mean() > AGREE * size:
                continue
            points = (points + other) / 2
        elif presence >= ABSENT:
            continue
        else:
            points = None
        joints = pose.keypoints[list(HEAD_INDICES)]
        yield cut(image, crop, points, joints, name, person, rng)


def cut(image, crop, points, joints, name, person, rng):
    """(row, JPEG) of the surroundings of a head, twice as wide as its crop."""
    side = 1.8 * crop.side
    size = int(min(LARGEST, max(32, np.ceil(side))))
    matrix = square(np.array([crop.x, crop.y]) + rng.normal(0, 0.03 * side, 2), 0, side, size)
    smaller = cv2.warpAffine(
        image, matrix, (size, size), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )

    def move(xy):
        return np.round(xy @ matrix[:, :2].T + matrix[:, 2], 2).tolist()

    known = joints[:, 2] > 0
    row = {
        "file": f"{Path(name).stem}_{person}.jpg",
        "size": size,
        "presence": float(points is not None),
        "face_px": None if points is None else round(float(np.ptp(points, 0).max()), 1),
        "landmarks": None if points is None else move(points),
        "joints": [
            [*move(j[:2]), round(float(j[2]), 2)] if k else None for j, k in zip(joints, known)
        ],
    }
    return row, cv2.imencode(".jpg", smaller, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


def mirror_pairs(canonical):
    """For each point the index of that on the other side of the face, itself in the middle."""
    points = np.array([canonical["points"][str(number)] for number in canonical["order"]])
    apart = np.linalg.norm(points[:, None] - points * (1, -1, 1), axis=2)
    return apart.argmin(1)


def add(tar, name, data):
    """Put bytes into a tar file."""
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+", type=Path, help="folders and tar files of photographs")
    parser.add_argument("--mesh", type=Path, required=True, help="face_landmark.tflite")
    parser.add_argument(
        "--points",
        type=Path,
        required=True,
        help="canonical_points.json, whose `order` names the points of the mesh",
    )
    parser.add_argument("--output", type=Path, required=True, help="NAME.tar; NAME.json beside it")
    parser.add_argument("--skip", nargs="*", default=[], help="beginnings of names to leave out")
    parser.add_argument("--every", type=int, default=1, help="take one of so many photographs")
    parser.add_argument("--model", default="own", help="that finds the heads")
    parser.add_argument("--height", type=int, default=368, help="of its input [px]")
    arguments = parser.parse_args()
    estimator = PoseEstimator.load(arguments.model, input_height=arguments.height)
    canonical = json.loads(arguments.points.read_text())
    order = canonical["order"]
    mesh = Mesh(arguments.mesh, order)
    pairs = mirror_pairs(canonical)
    rng = np.random.default_rng(0)
    rows = []
    items = [i for source in arguments.images for i in image_items(source)]
    items = [i for i in items if not i.name.startswith(tuple(arguments.skip))][:: arguments.every]
    with replacing(arguments.output) as partial, tarfile.open(str(partial), "w") as tar:
        for number, item in enumerate(tqdm(items, unit="photograph")):
            image = read_item(item)
            if image is None:
                continue
            poses = estimator(image)
            for row, data in rows_of(image, f"{number:05d}", poses, mesh, pairs, rng):
                row["source"] = item.name
                rows.append(row)
                add(tar, row["file"], data)
    arguments.output.with_suffix(".json").write_text(json.dumps(rows))
    faces = sum(row["presence"] > 0 for row in rows)
    print(f"{faces} faces and {len(rows) - faces} heads without one in {arguments.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
